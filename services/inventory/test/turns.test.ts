import { setImmediate } from 'node:timers/promises';

import { expect, test } from '@boxoffice/runtime/testing/tests';

import { Turns } from '../turns.ts';

test('of one key one works at a time, in the order of coming, whatever becomes of the others', async () => {
  const turns = new Turns();
  const events: string[] = [];
  const work = (name: string) => async (): Promise<string> => {
    events.push(`${name} begins`);
    await setImmediate();
    events.push(`${name} ends`);
    if (name === 'b') throw new Error('b fails');
    return name;
  };
  const all = await Promise.allSettled(['a', 'b', 'c'].map((name) => turns.take(1n, work(name))));
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

test('different keys do not wait for each other', async () => {
  const turns = new Turns();
  const { promise, resolve } = Promise.withResolvers<void>();
  const first = turns.take(1n, () => promise);
  expect(await turns.take(2n, async () => 'done')).toBe('done');
  resolve();
  await first;
});
