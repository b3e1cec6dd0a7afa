import { CallError } from '../call.ts';
import { html, type View } from '../html.ts';
import { dictionary } from './words.ts';
import type { Words } from './words/en.ts';

/** What to tell a person about an error: the words for its reason, else what the API says. */
export function faultWords(words: Words, error: unknown): string {
  if (!(error instanceof CallError)) return words.unknownFault;
  return words.refusals[error.reason] ?? (error.message === '' ? words.unknownFault : error.message);
}

/** An error, told to a person, with a way to try again where there is one. */
export function Fault({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }): View {
  const words = dictionary.use();
  return html`<div class="notice bad" role="alert">
    <p>${faultWords(words, error)}</p>
    ${onRetry && html`<p><button type="button" class="link" onClick=${onRetry}>${words.tryAgain}</button></p>`}
  </div>`;
}

/** What is wrong with each field, by its path; what concerns the whole is under ''. */
export type FieldFaults = ReadonlyMap<string, string>;

/** The faults of fields that an error tells; none of any other error. */
export function fieldFaultsOf(words: Words, error: unknown): FieldFaults {
  const violations = error instanceof CallError ? error.violations : [];
  return new Map(violations.map(({ field, description }) => [field, toPeople(words, description)]));
}

/** What the rules of the contract say about a value, as a person would say it. */
function toPeople(words: Words, description: string): string {
  const range = /greater than or equal to (-?\d+) and less than or equal to (\d+)/.exec(description);
  return range === null ? words.fieldFault(description) : words.between(Number(range[1]), Number(range[2]));
}

/** The error itself, where no field that is shown tells it. */
export function RestOfFault({
  error,
  faults,
  shown,
}: {
  readonly error: unknown;
  readonly faults: FieldFaults;
  /** The paths of the fields that are shown; `layout[` stands for all that begin so. */
  readonly shown: readonly string[];
}): View {
  if (error === undefined) return null;
  const isShown = (field: string): boolean => shown.some((path) => field === path || field.startsWith(`${path}[`));
  const rest = [...faults].filter(([field]) => !isShown(field));
  if (faults.size === 0) return html`<${Fault} error=${error} />`;
  if (rest.length === 0) return null;
  return html`<div class="notice bad" role="alert">
    ${rest.map(([field, fault]) => html`<p key=${field}>${field !== '' && html`<strong>${field}</strong> `}${fault}</p>`)}
  </div>`;
}
