import { useState } from 'preact/hooks';
import { BusyButton } from '../button.ts';
import { get } from '../call.ts';
import { html, type View } from '../html.ts';
import { useLoading } from '../loading.ts';
import { hrefOf } from '../route.ts';
import type { Concert, Page } from './answers.ts';
import { Fault } from './fault.ts';
import { Heading } from './heading.ts';
import { dictionary } from './words.ts';

const pageSize = 20;

/** What is on. */
export function Concerts(): View {
  const words = dictionary.use();
  const { items, error, more, again } = usePages<'concerts', Concert>('/v1/concerts', 'concerts');
  return html`<section class="stack-wide">
    <div class="stack">
      <${Heading} title=${words.concertsTitle} />
      <p class="lead">${words.concertsLead}</p>
    </div>
    ${error !== undefined && html`<${Fault} error=${error} onRetry=${again} />`}
    ${items === undefined && error === undefined && html`<${Skeletons} />`}
    ${items?.length === 0 && html`<p>${words.noConcerts}</p>`}
    ${
      items !== undefined &&
      items.length > 0 &&
      html`<ul class="stubs">
        ${items.map((concert) => html`<li key=${concert.id}><${ConcertStub} concert=${concert} /></li>`)}
      </ul>`
    }
    ${more && html`<p><${BusyButton} class="plain" busy=${more.busy} onClick=${more.load}>${words.showMore}<//></p>`}
  </section>`;
}

function ConcertStub({ concert }: { readonly concert: Concert }): View {
  const words = dictionary.use();
  return html`<article class="stub">
    <div class="stub-main">
      <h2>${concert.name}</h2>
      <p class="soft">${concert.description}</p>
    </div>
    <div class="stub-side">
      <p class="small">${concert.venue}</p>
      <a class="button small stretched" href=${hrefOf('concerts', concert.id)}>
        ${words.seeDates}<span class="unseen">: ${concert.name}</span>
      </a>
    </div>
  </article>`;
}

/** What stands where a list is about to come. */
export function Skeletons(): View {
  const words = dictionary.use();
  return html`<div class="stack" role="status">
    <span class="unseen">${words.loading}</span>
    <div class="skeleton"></div>
    <div class="skeleton"></div>
    <div class="skeleton"></div>
  </div>`;
}

interface Pages<Item> {
  readonly items: readonly Item[] | undefined;
  readonly error: unknown;
  /** Reads the next page; undefined when there is none. */
  readonly more: { readonly busy: boolean; readonly load: () => void } | undefined;
  /** Starts over. */
  readonly again: () => void;
}

/** A list that is read page by page. */
export function usePages<Name extends string, Item>(path: string, name: Name): Pages<Item> {
  type Listed = Page<Name, Item>;
  const url = (token?: string): string =>
    `${path}?pageSize=${pageSize}${token === undefined ? '' : `&pageToken=${encodeURIComponent(token)}`}`;
  const first = useLoading((signal) => get<Listed>(url(), { signal }), [path]);
  const [rest, setRest] = useState<{ first: unknown; pages: readonly Listed[] }>({ first: undefined, pages: [] });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  // Pages behind another first page are of another list.
  const following = rest.first === first.value ? rest.pages : [];
  const pages = first.value === undefined ? [] : [first.value, ...following];
  const next = pages.at(-1)?.nextPageToken;
  const load = (): void => {
    setBusy(true);
    setError(undefined);
    get<Listed>(url(next))
      .then((page) => setRest({ first: first.value, pages: [...following, page] }))
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return {
    items: first.value === undefined ? undefined : pages.flatMap((page) => page[name]),
    error: first.error ?? error,
    more: next === undefined ? undefined : { busy, load },
    again: first.again,
  };
}
