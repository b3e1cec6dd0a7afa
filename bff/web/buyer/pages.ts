import type { Page } from '../answers.ts';
import { get } from '../call.ts';
import { usePagesBy, type Pages } from '../paging.ts';

/** Reads a list page by page. */
export function usePages<Name extends string, Item>(path: string, name: Name): Pages<Item> {
  return usePagesBy<Name, Item>((url, signal) => get<Page<Name, Item>>(url, signal && { signal }), path, name);
}
