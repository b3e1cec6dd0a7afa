import { useState } from 'preact/hooks';
import { html, type View } from '../html.ts';
import { goTo, hrefOf } from '../route.ts';
import { Field, wholeNumber } from './field.ts';
import { Heading } from './heading.ts';
import { dictionary } from './words.ts';

const kinds = ['members', 'reservations', 'payments'] as const;

/** Finds a member, a reservation or a payment by its id. */
export function Search(): View {
  const words = dictionary.use();
  return html`<section class="stack-wide">
    <${Heading} title=${words.searchTitle} />
    <${SearchForm} />
  </section>`;
}

/** What is looked for, and its id. */
export function SearchForm(): View {
  const words = dictionary.use();
  const [kind, setKind] = useState<(typeof kinds)[number]>('members');
  const [id, setId] = useState('');
  const [isWrong, setWrong] = useState(false);
  const find = (): void => {
    const wanted = id.trim();
    const number = wholeNumber(wanted) ?? 0;
    const wrong = kind === 'members' ? wanted === '' : number <= 0;
    setWrong(wrong);
    if (!wrong) goTo(hrefOf(kind, wanted));
  };
  return html`<form
    class="card search"
    novalidate
    onSubmit=${(event: Event) => {
      event.preventDefault();
      find();
    }}
  >
    <div class="field">
      <label for="search-kind">${words.searchKind}</label>
      <select
        id="search-kind"
        value=${kind}
        onChange=${(event: Event) => setKind((event.target as HTMLSelectElement).value as typeof kind)}
      >
        ${kinds.map((one) => html`<option key=${one} value=${one}>${words.searchKinds[one]}</option>`)}
      </select>
    </div>
    <${Field}
      id="search-id"
      label=${words.searchId}
      value=${id}
      maxLength=${64}
      onInput=${setId}
      fault=${isWrong ? words.searchFault : undefined}
    />
    <button class="button">${words.find}</button>
  </form>`;
}
