import { expect, test } from '@boxoffice/runtime/testing/tests';
import { ServerClock } from '../../web/server-clock.ts';

const second = 1_000;
const start = Date.parse('2026-12-24T09:00:00Z');

/** A clock whose own time is behind the server's by some milliseconds; answers take 40 ms. */
function clock(behindMs: number) {
  let now = start;
  const learned = new ServerClock(() => now);
  return {
    learned,
    answer(atMs: number): void {
      now = start + atMs;
      const server = new Date(now + 20 + behindMs).toUTCString();
      now += 40;
      learned.learn(server, start + atMs);
    },
    get offMs(): number {
      return Math.abs(learned.nowMs - (now + behindMs));
    },
    set(ms: number): void {
      now += ms;
    },
  };
}

test('it knows the server’s time to half a second from one answer, and better from more', () => {
  const it = clock(-7_654_321);
  it.answer(0);
  expect(it.offMs).toBeLessThanOrEqual(540);
  for (let answers = 1; answers <= 20; answers++) it.answer(answers * 1_070);
  expect(it.offMs).toBeLessThanOrEqual(100);
});

test('when a clock is set, only what came since counts', () => {
  const it = clock(0);
  it.answer(0);
  it.set(60 * second);
  it.learned.learn(new Date(start).toUTCString(), start + 59 * second);
  expect(Math.abs(it.learned.nowMs - start)).toBeLessThanOrEqual(1_500);
});

test('what is no date teaches nothing', () => {
  const now = 5;
  const learned = new ServerClock(() => now);
  learned.learn(null, 0);
  learned.learn('soon', 0);
  expect(learned.nowMs).toBe(5);
});
