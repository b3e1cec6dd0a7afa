import { html, type Inside, type View } from './html.ts';

interface BusyButtonProps {
  readonly busy: boolean;
  readonly disabled?: boolean;
  readonly class?: string;
  readonly onClick: () => void;
  readonly children?: Inside;
}

/** A button whose work takes a moment: it says so, keeps the focus, and takes no second click. */
export function BusyButton({ busy, disabled = false, class: kind = '', onClick, children }: BusyButtonProps): View {
  const idle = !busy && !disabled;
  return html`<button
    type="button"
    class=${`button ${kind}`}
    aria-disabled=${idle ? undefined : 'true'}
    aria-busy=${busy ? 'true' : undefined}
    onClick=${() => {
      if (idle) onClick();
    }}
  >
    ${busy && html`<span class="spinner" aria-hidden="true"></span>`}${children}
  </button>`;
}
