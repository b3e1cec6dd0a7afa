import type { Page } from '../answers.ts';
import { usePagesBy, type Pages } from '../paging.ts';
import { read } from './desk.ts';

/** Reads a list page by page, with the operator's key. */
export function usePages<Name extends string, Item>(path: string, name: Name): Pages<Item> {
  return usePagesBy<Name, Item>(read<Page<Name, Item>>, path, name);
}
