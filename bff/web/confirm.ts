import { useEffect, useRef } from 'preact/hooks';
import { html, type Inside, type View } from './html.ts';

interface ConfirmProps {
  readonly title: string;
  readonly yes: string;
  readonly no: string;
  /** What "yes" does loses something. */
  readonly danger?: boolean;
  /** "Yes" cannot be said yet. */
  readonly disabled?: boolean;
  readonly onYes: () => void;
  readonly onNo: () => void;
  readonly children?: Inside;
}

/** A question that has to be answered before anything else: a modal dialog, which keeps the focus and ends on Escape. */
export function Confirm({
  title,
  yes,
  no,
  danger = false,
  disabled = false,
  onYes,
  onNo,
  children,
}: ConfirmProps): View {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return html`<dialog
    class="dialog"
    ref=${dialog}
    aria-labelledby="confirm-title"
    onCancel=${(event: Event) => {
      event.preventDefault();
      onNo();
    }}
  >
    <div class="stack">
      <h2 id="confirm-title">${title}</h2>
      ${children}
      <div class="row">
        <button class=${danger ? 'button danger' : 'button'} disabled=${disabled} onClick=${onYes}>${yes}</button>
        <button class="button plain" onClick=${onNo}>${no}</button>
      </div>
    </div>
  </dialog>`;
}
