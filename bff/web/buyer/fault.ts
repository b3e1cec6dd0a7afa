import { CallError } from '../call.ts';
import { html, type View } from '../html.ts';
import { dictionary } from './words.ts';
import type { Words } from './words/en.ts';

/** What to tell a person about an error: the words for its reason, else what the API says. */
export function faultWords(words: Words, error: unknown): string {
  if (error instanceof CallError) {
    const known: Readonly<Partial<Record<string, string>>> = words.refusals;
    return known[error.reason] ?? (error.message === '' ? words.unknownFault : error.message);
  }
  return words.refusals.INTERNAL;
}

/** An error, told to a person, with a way to try again where there is one. */
export function Fault({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }): View {
  const words = dictionary.use();
  return html`<div class="notice bad" role="alert">
    <p><strong>${words.failed}.</strong> ${faultWords(words, error)}</p>
    ${onRetry && html`<p><button class="link" onClick=${onRetry}>${words.tryAgain}</button></p>`}
  </div>`;
}
