/** The items of a page, and the token of the next one; empty behind the last. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string;
}

/** Walks through the items of a list, page by page, and ends after so many pages. */
export async function* itemsOf<T>(
  page: (pageToken: string) => Promise<Page<T>>,
  pagesMax: number,
): AsyncGenerator<T, void, undefined> {
  for (let read = 0, pageToken = ''; read < pagesMax && (read === 0 || pageToken !== ''); read++) {
    const { items, nextPageToken } = await page(pageToken);
    yield* items;
    pageToken = nextPageToken;
  }
}

/** All items of such a walk. */
export async function listOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) {
    list.push(item);
  }
  return list;
}
