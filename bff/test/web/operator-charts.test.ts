import { expect, test } from '@boxoffice/runtime/testing/tests';
import type { Live } from '../../web/answers.ts';
import { pathsOf, roundUp, scaleOf } from '../../web/operator/line-geometry.ts';
import { samplesMax, withSample, type Sample } from '../../web/operator/live-samples.ts';

const beginMs = Date.parse('2026-12-24T11:00:00Z');

interface Moment {
  readonly second: number;
  readonly admittedTotal?: number;
  readonly errors?: number;
  readonly process?: string;
}

function liveAt({ second, admittedTotal = 0, errors = 0, process = 'a' }: Moment): Live {
  return {
    at: new Date(beginMs + second * 1_000).toISOString(),
    queue: { waiting: 5, admitted: 2, admittedTotal },
    seats: { open: 1, held: 2, sold: 3 },
    payments: { reserved: 9, paid: 4, voided: 9, declined: 9, refunding: 1, refunded: 2 },
    process,
    errors,
  } as Live;
}

/** The samples of moments one after the other. */
function samplesOf(moments: readonly Moment[]): readonly Sample[] {
  let samples: readonly Sample[] = [];
  let before: Live | undefined;
  for (const live of moments.map(liveAt)) {
    samples = withSample(samples, live, before);
    before = live;
  }
  return samples;
}

test('a rate is what came since the moment before, by the time between them', () => {
  const [first, second] = samplesOf([
    { second: 0, admittedTotal: 10, errors: 1 },
    { second: 2, admittedTotal: 30, errors: 2 },
  ]);
  expect(first).toMatchObject({ waiting: 5, admitted: 2, sold: 3, paid: 7, admissionsPerSecond: null });
  expect(second).toMatchObject({ admissionsPerSecond: 10, errorsPerSecond: 0.5 });
});

test('errors of another process are compared with nothing', () => {
  const [, other] = samplesOf([
    { second: 0, errors: 100 },
    { second: 1, errors: 3, process: 'b' },
  ]);
  expect(other).toMatchObject({ admissionsPerSecond: 0, errorsPerSecond: null });
});

test('behind a long silence no rate is known, and what is overtaken is left out', () => {
  const samples = samplesOf([{ second: 0 }, { second: 60, admittedTotal: 100 }, { second: 59 }]);
  expect(samples.map(({ admissionsPerSecond }) => admissionsPerSecond)).toEqual([null, null]);
});

test('samples of ten minutes are kept', () => {
  const samples = samplesOf(Array.from({ length: samplesMax + 5 }, (_, second) => ({ second })));
  expect([samples.length, samples[0]?.atMs]).toEqual([samplesMax, beginMs + 5_000]);
});

test('the axis ends at a round number', () => {
  expect([1, 1.2, 2.1, 3, 4.5, 7, 99, 1_001].map(roundUp)).toEqual([1, 2, 2.5, 4, 5, 10, 100, 2_000]);
});

test('a line is drawn through what belongs together, and broken where nothing is known', () => {
  const points = [0, 1, 2, 30, 31].map((second) => ({
    atMs: beginMs + second * 1_000,
    value: second === 1 ? null : 5,
  }));
  const scale = scaleOf(points);
  expect(scale).toEqual({ beginMs: beginMs - 29_000, endMs: beginMs + 31_000, top: 5 });
  const { line } = pathsOf(points, scale, { width: 60, height: 10 });
  expect(line).toBe('M29 0L29 0M31 0L31 0M59 0L60 0');
});

test('without a point there is no line', () => {
  expect(pathsOf([], scaleOf([]), { width: 60, height: 10 })).toEqual({ line: '', area: '' });
});
