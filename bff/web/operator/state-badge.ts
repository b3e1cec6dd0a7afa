import { html, type View } from '../html.ts';
import { dictionary } from './words.ts';

const kinds: Readonly<Record<string, string>> = {
  OPEN: 'good',
  PAUSED: 'warn',
  CLOSED: 'bad',
  CANCELLED: 'bad',
  PAID: 'good',
  CONFIRMED: 'good',
  PENDING: 'warn',
  RESERVED: 'warn',
  REFUNDING: 'warn',
  VOIDED: 'bad',
  DECLINED: 'bad',
};

/** A state in a word and a colour. */
export function StateBadge({ state }: { readonly state: string }): View {
  const words = dictionary.use();
  return html`<span class=${`badge ${kinds[state] ?? ''}`} data-state=${state}>${words.states[state] ?? state}</span>`;
}
