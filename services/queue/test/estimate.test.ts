import { describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { estimateWait, paceOf, type PaceRow } from '../estimate.ts';
import { stateAfter } from '../queue-state.ts';
import { coverage, play, relativeWidth, type Play } from './admission-simulation.ts';

/** Two a second for two minutes, evenly, through a hundred places. */
const even: PaceRow = {
  state: 'OPEN',
  max_active: 100,
  admit_count: 0,
  admit_interval_ms: 0,
  admitted_total: 5_000n,
  seconds: 120,
  admitted: 240,
  squares: 12 * 20 ** 2,
};

describe('the pace', () => {
  test('is what was observed', () => {
    expect(paceOf(even)).toEqual({ perSecond: 2, observed: 240, dispersion: 1 });
  });

  test('is known to be uneven where admissions come in waves', () => {
    const waves = paceOf({ ...even, squares: 2 * 120 ** 2 });
    expect(waves?.perSecond).toBe(2);
    expect(waves?.dispersion).toBeGreaterThan(50);
  });

  test('is never more than the policy allows', () => {
    const limited = { ...even, admit_count: 5, admit_interval_ms: 10_000 };
    expect(paceOf(limited)?.perSecond).toBe(0.5);
  });

  test('is the policy, where nothing but its rate holds people back', () => {
    const rate = { ...even, max_active: 0, admit_count: 30, admit_interval_ms: 10_000, admitted: 0, squares: 0 };
    expect(paceOf(rate)).toMatchObject({ perSecond: 3, dispersion: 0 });
  });

  test('is unknown of a queue that does not admit, has not yet, or not for minutes', () => {
    for (const state of ['SCHEDULED', 'PAUSED', 'CLOSED'] as const) {
      expect(paceOf({ ...even, state })).toBeUndefined();
    }
    expect(
      paceOf({ ...even, max_active: 0, admit_count: 1, admit_interval_ms: 1, admitted_total: 0n }),
    ).toBeUndefined();
    expect(paceOf({ ...even, admitted: 0, squares: 0 })).toBeUndefined();
  });
});

describe('the estimate', () => {
  const pace = { perSecond: 2, observed: 240, dispersion: 1 };

  test('is in whole seconds, and nothing without a pace', () => {
    expect(estimateWait(0, pace)?.seconds).toBe(1);
    expect(estimateWait(8, pace)?.seconds).toBe(5);
    expect(estimateWait(8, undefined)).toBeUndefined();
  });

  test('has no range when nobody knows how well the pace is known', () => {
    expect(estimateWait(9, { ...pace, observed: 0 })).toEqual({ seconds: 5, range: undefined });
  });

  test('is the more certain, relatively, the more there are ahead and were observed', () => {
    const width = (ahead: number, observed: number): number => {
      const { seconds, range } = estimateWait(ahead, { ...pace, observed }) ?? { seconds: NaN };
      return ((range?.maxSeconds ?? NaN) - (range?.minSeconds ?? NaN)) / seconds;
    };
    expect(width(1_000, 200)).toBeLessThan(width(50, 200));
    expect(width(1_000, 2_000)).toBeLessThan(width(1_000, 200));
  });

  test('agrees with the tables of the F distribution', () => {
    // F(20, 21) has its 9 % at 0.549 and its 91 % at 1.806.
    const range = estimateWait(9, { perSecond: 0.001, observed: 10, dispersion: 1 })?.range;
    expect((range?.minSeconds ?? 0) / 10_000).toBeCloseTo(0.549, 1);
    expect((range?.maxSeconds ?? 0) / 10_000).toBeCloseTo(1.806, 1);
  });

  test('is never shorter than the rate of the policy leaves, and narrow where that is what binds', () => {
    const limit = { count: 10, seconds: 60 };
    const bound = estimateWait(100, { perSecond: 10 / 60, observed: 20, dispersion: 0, limit });
    expect(bound).toEqual({ seconds: 606, range: { minSeconds: 600, maxSeconds: 663 } });
    const slow = estimateWait(100, { perSecond: 8 / 60, observed: 3, dispersion: 5, limit });
    expect(slow?.range?.minSeconds).toBe(600);
  });

  test('is within its range, whatever the numbers', () => {
    for (const ahead of [0, 1, 7, 1_000, 1_000_000]) {
      for (const dispersion of [0, 0.1, 1, 30, 1e6]) {
        for (const observed of [1, 5, 100_000]) {
          const { seconds, range } = estimateWait(ahead, { perSecond: 0.7, observed, dispersion }) ?? { seconds: NaN };
          expect(range?.minSeconds).toBeLessThanOrEqual(seconds);
          expect(range?.maxSeconds).toBeGreaterThanOrEqual(seconds);
          expect(range?.maxSeconds).toBeLessThan(Infinity);
        }
      }
    }
  });
});

const exponential = (mean: number) => (random: () => number) => -mean * Math.log(1 - random());
const uniform = (from: number, to: number) => (random: () => number) => from + (to - from) * random();

/** Twenty minutes of a full line, in four worlds, after the opening has been forgotten. */
const steady = { askFrom: 700, askUntil: 1_900 } as const;
const seeds = Array.from({ length: 4 }, (_, index) => index + 1);
const places = [0, 5, 20, 100, 300, 1_000] as const;
const askEvery = 11.7;

function playAll(queue: Omit<Play, 'seed' | keyof typeof steady>) {
  return seeds.flatMap((seed) => play({ ...queue, ...steady, seed }, { places, askEvery }));
}

describe('under a steady load, four of five waits are in the range, told at joining or later', () => {
  const loads: Record<string, { queue: Omit<Play, 'seed' | keyof typeof steady>; widthFarMax: number }> = {
    'a hundred inside, exponential stays': { queue: { maxActive: 100, stay: exponential(60) }, widthFarMax: 0.4 },
    'a hundred inside, uniform stays': { queue: { maxActive: 100, stay: uniform(20, 100) }, widthFarMax: 0.4 },
    'ten inside, exponential stays': { queue: { maxActive: 10, stay: exponential(60) }, widthFarMax: 0.8 },
    'ten inside, uniform stays': { queue: { maxActive: 10, stay: uniform(30, 90) }, widthFarMax: 0.8 },
    'a rate of 20 a second': { queue: { admitCount: 20, intervalSeconds: 1 }, widthFarMax: 0.4 },
    'a rate of 50 in ten seconds': { queue: { admitCount: 50, intervalSeconds: 10 }, widthFarMax: 0.3 },
    'both, and the rate binds': {
      queue: { maxActive: 1_000, stay: exponential(60), admitCount: 10, intervalSeconds: 1 },
      widthFarMax: 0.4,
    },
    'both, and the places bind': {
      queue: { maxActive: 100, stay: exponential(60), admitCount: 10, intervalSeconds: 1 },
      widthFarMax: 0.4,
    },
    'both, now one and now the other': {
      queue: { maxActive: 100, stay: exponential(60), admitCount: 18, intervalSeconds: 10 },
      widthFarMax: 0.4,
    },
    // All who came in together go out together: the pace says little of the next minute.
    'waves, since nobody leaves before the time is over': {
      queue: { maxActive: 100, stay: uniform(55, 60) },
      widthFarMax: 2,
    },
  };

  test.each(Object.entries(loads))('%s', (_, { queue, widthFarMax }) => {
    const told = playAll(queue);
    expect(told.length).toBeGreaterThan(2_000);
    expect(coverage(told)).toBeGreaterThanOrEqual(0.8);
    // A range that says everything says nothing.
    expect(relativeWidth(told.filter(({ ahead }) => ahead >= 300))).toBeLessThan(widthFarMax);
  });
});

test('filling the places at the opening is not taken for the pace afterwards', () => {
  const queue = { maxActive: 1_000, stay: exponential(60), askFrom: 10, askUntil: 60, seed: 1 };
  const told = play(queue, { places: [300, 1_000], askEvery: 1 });
  expect(told.length).toBeGreaterThan(50);
  expect(coverage(told)).toBeGreaterThanOrEqual(0.8);
  expect(relativeWidth(told)).toBeLessThan(1);
});

test('commands lead from state to state', () => {
  expect(stateAfter('pause', 'SCHEDULED', false)).toBe('PAUSED');
  expect(stateAfter('pause', 'OPEN', true)).toBe('PAUSED');
  expect(stateAfter('resume', 'PAUSED', true)).toBe('OPEN');
  expect(stateAfter('resume', 'PAUSED', false)).toBe('SCHEDULED');
  expect(stateAfter('resume', 'SCHEDULED', false)).toBe('SCHEDULED');
  expect(stateAfter('close', 'PAUSED', true)).toBe('CLOSED');
  expect(stateAfter('pause', 'CLOSED', true)).toBeUndefined();
  expect(stateAfter('resume', 'CLOSED', true)).toBeUndefined();
  expect(stateAfter('close', 'CLOSED', true)).toBe('CLOSED');
});
