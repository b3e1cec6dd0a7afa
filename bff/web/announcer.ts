import { html, type View } from './html.ts';
import { Signal, useSignal } from './signal.ts';

const polite = new Signal('');
const urgent = new Signal('');

/** Has a screen reader say something: when it is convenient, or now. */
export function announce(text: string, how: 'polite' | 'urgent' = 'polite'): void {
  const signal = how === 'polite' ? polite : urgent;
  // The same words twice are no change, and would not be read.
  signal.set(signal.value === text ? `${text}\u00a0` : text);
}

/** Where announcements are read from; once in a page. */
export function Announcer(): View {
  return html`<div class="unseen">
    <div role="status">${useSignal(polite)}</div>
    <div role="alert">${useSignal(urgent)}</div>
  </div>`;
}
