import { testDatabase } from '@boxoffice/runtime/testing/database';
import { expect, test } from '@boxoffice/runtime/testing/tests';

import { longestGapMs, quantileMs, Record } from '../roll/record.ts';
import { roll } from '../roll/run.ts';
import { rollTable } from '../roll/table.ts';

const limitMs = 120_000;

test(
  'one of each program ends at the same moment, and buyers notice nothing that trying again does not mend',
  async () => {
    await using database = await testDatabase();
    const first = ['queue', 'inventory', 'ledger', 'worker', 'bff'];
    const options = { rate: 6, watchers: 4, signal: 'SIGTERM', quietMs: 500 } as const;
    const result = await roll({ ...options, groups: [first], databaseUrl: database.url });
    expect(result.phases.flatMap(({ faults }) => faults)).toEqual([]);
    expect(result.findings.filter(({ verdict }) => verdict === 'violated')).toEqual([]);
    expect(result.ok).toBe(true);
    const ended = result.phases.find(({ name }) => name === first.join(' '));
    expect(ended?.purchasesMs.length).toBeGreaterThan(0);
    expect(ended?.goneAfterMs).toBeGreaterThan(400);
    expect(ended?.streamsResumed).toBe(ended?.streamsEnded);
    expect(rollTable(result)).toContain(`${first.join(' ')}  `);
  },
  limitMs,
);

test('gaps are between purchases, and from the beginning and to the end', () => {
  const phase = new Record().begin('queue');
  const times = { ...phase, beganMs: 0, endedMs: 100 };
  expect(longestGapMs(times)).toBe(100);
  expect(longestGapMs({ ...times, purchasesMs: [10, 20, 90] })).toBe(70);
  expect(longestGapMs({ ...times, purchasesMs: [60] })).toBe(60);
});

test('a quantile is one of the times', () => {
  expect(quantileMs([], 0.99)).toBe(0);
  expect(quantileMs([3, 1, 2], 0.5)).toBe(2);
  expect(quantileMs([3, 1, 2], 0.99)).toBe(3);
});
