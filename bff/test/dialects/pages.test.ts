import { expect, test } from '@boxoffice/runtime/testing/tests';
import { itemsOf, listOf, type Page } from '../../dialects/pages.ts';

/** A list of so many pages of two numbers each. */
const pagesOf =
  (count: number) =>
  async (pageToken: string): Promise<Page<number>> => {
    const page = Number(pageToken);
    return { items: [page * 2, page * 2 + 1], nextPageToken: page + 1 < count ? String(page + 1) : '' };
  };

test('a walk gives the items of all pages in order', async () => {
  expect(await listOf(itemsOf(pagesOf(3), 3))).toEqual([0, 1, 2, 3, 4, 5]);
  expect(await listOf(itemsOf(pagesOf(1), 3))).toEqual([0, 1]);
});

test('a walk ends after so many pages', async () => {
  expect(await listOf(itemsOf(pagesOf(1_000), 2))).toEqual([0, 1, 2, 3]);
});

test('a walk asks for no page that nobody wants', async () => {
  const asked: string[] = [];
  const pages = pagesOf(9);
  const items = itemsOf((pageToken) => {
    asked.push(pageToken);
    return pages(pageToken);
  }, 9);
  for await (const item of items) if (item === 2) break;
  expect(asked).toEqual(['', '1']);
});
