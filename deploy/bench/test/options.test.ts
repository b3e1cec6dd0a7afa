import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@boxoffice/runtime/testing/tests';

import { readOptions, UsageError } from '../options.ts';
import { writeResults } from '../results.ts';
import { scenarioNames } from '../suites.ts';

test('nothing, or a call for help, is answered with the usage', () => {
  expect(readOptions([])).toBeUndefined();
  expect(readOptions(['queue', '--help'])).toBeUndefined();
});

test('scenarios run in their own order, whatever order they are asked for in', () => {
  expect(readOptions(['queue', '--only', 'pairs,polls', '--seconds', '5', '--write'])).toMatchObject({
    only: ['polls', 'pairs'],
    seconds: 5,
    tickets: 1_000_000,
    charges: 100_000,
    payments: 3_000,
    rows: 10_000_000,
    write: 'deploy/bench/RESULTS.md',
  });
});

test('each suite has its own scenarios', () => {
  expect(readOptions(['seed', '--rows', '20000'])).toMatchObject({ only: ['reservations', 'entries'], rows: 20_000 });
  expect(new Set(scenarioNames).size).toBe(scenarioNames.length);
});

test.each([
  [['dance']],
  [['queue', 'seed']],
  [['queue', '--only', 'entries']],
  [['seed', '--rows', '9']],
  [['queue', '--seconds', '0']],
  [['queue', '--what']],
])('what cannot be meant is refused: %j', (args) => {
  expect(() => readOptions(args)).toThrow(UsageError);
});

test('writing some results leaves the others as they are', async () => {
  const path = join(tmpdir(), `boxoffice-results-${process.pid}.md`);
  const order = ['polls', 'joins'];
  const figure = (scenario: string, value: string) => ({ scenario, what: 'speed', value, target: 'more', met: true });
  try {
    const first = [figure('joins', '1/s'), figure('polls', '2/s')];
    await writeResults(path, first, { order, circumstances: [['date', 'Monday']] });
    await writeResults(path, [figure('joins', '3/s')], { order, circumstances: [['date', 'Tuesday']] });
    const text = await readFile(path, 'utf8');
    expect(text.indexOf('## polls')).toBeLessThan(text.indexOf('## joins'));
    expect(text).toMatch(/\| speed \| 2\/s .*\| more .*\| met \|\n\nMeasured: date Monday\n/);
    expect(text).toMatch(/\| speed \| 3\/s .*\| more .*\| met \|\n\nMeasured: date Tuesday\n/);
    expect(text).not.toContain('1/s');
  } finally {
    await rm(path, { force: true });
  }
});
