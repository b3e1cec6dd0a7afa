import { setImmediate } from 'node:timers/promises';

import { expect, test } from '@boxoffice/runtime/testing/tests';
import { reasonOf } from '../error.ts';

import { Groups, type Grouped } from '../groups.ts';

/** Groups whose work is finished by hand. */
function byHand(options: { groupMax?: number; keyOf?: (item: string) => unknown } = {}) {
  const begun: { scheduleId: bigint; items: string[]; work: PromiseWithResolvers<void> }[] = [];
  const run = async (scheduleId: bigint, group: readonly Grouped<string, string>[]): Promise<void> => {
    const work = Promise.withResolvers<void>();
    begun.push({ scheduleId, items: group.map(({ item }) => item), work });
    await work.promise;
    for (const { item, resolve } of group) resolve(item.toUpperCase());
  };
  return { begun, groups: new Groups({ groupMax: 512, ...options, run }) };
}

test('one that comes alone is done at once, and those that come meanwhile are the next group', async () => {
  const { begun, groups } = byHand();
  const first = groups.add(1n, 'a');
  await setImmediate();
  const others = ['b', 'c'].map((item) => groups.add(1n, item));
  await setImmediate();
  expect(begun.map(({ items }) => items)).toEqual([['a']]);
  begun[0]?.work.resolve();
  expect(await first).toBe('A');
  await setImmediate();
  begun[1]?.work.resolve();
  expect(await Promise.all(others)).toEqual(['B', 'C']);
  expect(begun.map(({ items }) => items)).toEqual([['a'], ['b', 'c']]);
});

test('queues do not wait for each other, and a group has its limit', async () => {
  const { begun, groups } = byHand({ groupMax: 2 });
  for (const item of ['a', 'b', 'c']) void groups.add(1n, item);
  void groups.add(2n, 'd');
  await setImmediate();
  expect(begun.map(({ scheduleId, items }) => [scheduleId, items])).toEqual([
    [1n, ['a', 'b']],
    [2n, ['d']],
  ]);
});

test('of those with one key, the second is in the next group', async () => {
  const { begun, groups } = byHand({ keyOf: (item) => item[0] });
  for (const item of ['a1', 'b1', 'a2', 'c1']) void groups.add(1n, item);
  await setImmediate();
  begun[0]?.work.resolve();
  await setImmediate();
  expect(begun.map(({ items }) => items)).toEqual([['a1', 'b1', 'c1'], ['a2']]);
});

test('what a group throws all of it hear, and the next is done', async () => {
  const { begun, groups } = byHand();
  const outcomes = Promise.allSettled([groups.add(1n, 'a'), groups.add(1n, 'b')]);
  await setImmediate();
  const next = groups.add(1n, 'c');
  begun[0]?.work.reject(new Error('away'));
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await setImmediate();
  begun[1]?.work.resolve();
  expect(await next).toBe('C');
});

test('more than can wait are told to try again', async () => {
  const { groups } = byHand();
  for (let item = 0; item < 20_000; item++) void groups.add(1n, String(item));
  const error: unknown = await groups.add(1n, 'late').catch((refused: unknown) => refused);
  expect(reasonOf(error)).toBe('BUSY');
});
