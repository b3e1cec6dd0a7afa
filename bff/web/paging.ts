import { useEffect, useState } from 'preact/hooks';
import type { Page } from './answers.ts';
import { useLoading } from './loading.ts';

const pageSize = 20;

/** A list that is read page by page. */
export interface Pages<Item> {
  readonly items: readonly Item[] | undefined;
  readonly error: unknown;
  /** Reads the next page; undefined when there is none. */
  readonly more: { readonly busy: boolean; readonly load: () => void } | undefined;
  /** Starts over. */
  readonly again: () => void;
}

/** Reads a list of the API; `name` is what its items are under. `read` is how the page calls. */
export function usePagesBy<Name extends string, Item>(
  read: (path: string, signal?: AbortSignal) => Promise<Page<Name, Item>>,
  path: string,
  name: Name,
): Pages<Item> {
  type Listed = Page<Name, Item>;
  const url = (token = ''): string =>
    `${path}${path.includes('?') ? '&' : '?'}pageSize=${pageSize}&pageToken=${encodeURIComponent(token)}`;
  const first = useLoading((signal) => read(url(), signal), [path]);
  const [rest, setRest] = useState<{ of: Listed | undefined; pages: readonly Listed[] }>({ of: undefined, pages: [] });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(undefined);
  // Pages that follow another first page are of another list.
  const following = rest.of === first.value ? rest.pages : [];
  const pages = first.value === undefined ? [] : [first.value, ...following];
  const next = pages.at(-1)?.nextPageToken;
  const load = (): void => {
    setBusy(true);
    setError(undefined);
    read(url(next))
      .then((page) => setRest({ of: first.value, pages: [...following, page] }))
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

/** Reads a list again and again. Whoever has gone on to other pages keeps what they read. */
export function useRefreshing({ items, again }: Pages<unknown>, everyMs: number): void {
  const isFirst = (items?.length ?? 0) <= pageSize;
  useEffect(() => {
    if (!isFirst) return;
    const timer = setInterval(again, everyMs);
    return () => clearInterval(timer);
  }, [again, isFirst, everyMs]);
}
