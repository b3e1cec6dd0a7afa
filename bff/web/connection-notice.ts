import { connection } from './call.ts';
import { html, type View } from './html.ts';
import { useSignal } from './signal.ts';

/** Says that calls do not get through, and nothing while they do. */
export function ConnectionNotice({ away, busy }: { readonly away: string; readonly busy: string }): View {
  const state = useSignal(connection);
  return html`<div role="status">
    ${state !== 'fine' && html`<p class="connection">${state === 'away' ? away : busy}</p>`}
  </div>`;
}
