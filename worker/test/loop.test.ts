import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from '@boxoffice/runtime/testing/tests';
import { createLogger } from '@boxoffice/runtime/log';

import { runLoop } from '../loop.ts';
import { Wake } from '../wake.ts';

const log = createLogger('test', 'silent');

/** Runs a loop until `run` has been called so many times; gives the times between the beginnings of its runs. */
async function pausesMs(calls: number, run: (call: number) => Promise<boolean>, intervalMs: number): Promise<number[]> {
  const end = new AbortController();
  const startedMs: number[] = [];
  const loop = {
    name: 'test',
    intervalMs,
    run: async (): Promise<boolean> => {
      startedMs.push(performance.now());
      if (startedMs.length === calls) end.abort();
      return run(startedMs.length);
    },
  };
  await runLoop(loop, { log }, end.signal);
  return startedMs.slice(1).map((at, index) => at - (startedMs[index] ?? 0));
}

test('a loop pauses between runs, and does not when there is more to do', async () => {
  const pauses = await pausesMs(4, async (call) => call === 2, 100);
  expect(pauses[0]).toBeGreaterThanOrEqual(95);
  expect(pauses[1]).toBeLessThan(95);
  expect(pauses[2]).toBeGreaterThanOrEqual(95);
});

test('runs of a loop never overlap', async () => {
  let running = 0;
  await pausesMs(
    5,
    async () => {
      running++;
      expect(running).toBe(1);
      await delay(20);
      running--;
      return false;
    },
    1,
  );
});

test('a loop that fails tries again, more and more slowly, and goes on as before once it works', async () => {
  const failing = async (call: number): Promise<boolean> => {
    if (call <= 4) throw new Error('away');
    return false;
  };
  const pauses = await pausesMs(7, failing, 20);
  // After n failures a random time from the upper half of 20 ms * 2^n.
  expect(pauses[0]).toBeGreaterThanOrEqual(19);
  expect(pauses[3]).toBeGreaterThanOrEqual(159);
  expect(pauses[4]).toBeLessThan(159);
});

test('a loop ends at once when it is told to while it pauses', async () => {
  const end = new AbortController();
  const startedMs = performance.now();
  const loop = { name: 'test', intervalMs: 60_000, run: async () => false };
  const running = runLoop(loop, { log }, end.signal);
  setTimeout(() => end.abort(), 20);
  await running;
  expect(performance.now() - startedMs).toBeLessThan(5_000);
});

test('a loop finishes the run it is at before it ends', async () => {
  const end = new AbortController();
  let finished = false;
  const run = async (): Promise<boolean> => {
    end.abort();
    await delay(30);
    finished = true;
    return true;
  };
  await runLoop({ name: 'test', intervalMs: 1, run }, { log }, end.signal);
  expect(finished).toBe(true);
});

test('a loop that is woken goes on at once, after its rest, also when that came while it was at work', async () => {
  const end = new AbortController();
  const wake = new Wake();
  const startedMs: number[] = [];
  const run = async (): Promise<boolean> => {
    startedMs.push(performance.now());
    if (startedMs.length === 1) wake.wake();
    if (startedMs.length === 2) setTimeout(() => wake.wake(), 50);
    if (startedMs.length === 3) end.abort();
    return false;
  };
  await runLoop({ name: 'test', intervalMs: 60_000, wake, restMs: 20, run }, { log }, end.signal);
  const [first = 0, second = 0, third = 0] = startedMs;
  expect(second - first).toBeGreaterThanOrEqual(19);
  expect(third - second).toBeGreaterThanOrEqual(49);
  expect(third - first).toBeLessThan(10_000);
});

test('a loop that fails is not woken from its pause', async () => {
  const end = new AbortController();
  const wake = new Wake();
  let runs = 0;
  const run = async (): Promise<boolean> => {
    wake.wake();
    if (++runs === 3) end.abort();
    throw new Error('away');
  };
  const startedMs = performance.now();
  await runLoop({ name: 'test', intervalMs: 40, wake, run }, { log }, end.signal);
  // Half of 40 ms * 2, and half of 40 ms * 4, at least.
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(118);
});
