import { expect, test } from '@boxoffice/runtime/testing/tests';
import fc from 'fast-check';

import { Histogram } from '../load/histogram.ts';

/** What a histogram keeps: microseconds up to 35 minutes. */
const latencyUs = fc.integer({ min: 0, max: 2 ** 31 - 1 });

test('a quantile is never too short, and at most 0.8 % too long', () => {
  fc.assert(
    fc.property(
      fc.array(latencyUs, { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (all, share) => {
        const histogram = new Histogram();
        all.forEach((us) => histogram.record(us / 1_000));
        const exact = all.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * all.length)) - 1] ?? NaN;
        const told = Math.round(histogram.quantileMs(share) * 1_000);
        expect(told).toBeGreaterThanOrEqual(exact);
        expect(told).toBeLessThanOrEqual(exact * (1 + 1 / 128));
      },
    ),
  );
});

test('what several processes noted is added up', () => {
  const all = new Histogram();
  const [fast, slow] = [new Histogram(), new Histogram()];
  for (let turn = 0; turn < 90; turn++) fast.record(1);
  for (let turn = 0; turn < 10; turn++) slow.record(500);
  all.add(fast.state).add(structuredClone(slow.state));
  expect(all.count).toBe(100);
  expect(all.quantileMs(0.9)).toBeCloseTo(1, 1);
  expect(all.quantileMs(0.91)).toBe(500);
  expect(all.maxMs).toBe(500);
});

test('nothing and what is out of range do no harm', () => {
  const histogram = new Histogram();
  expect([histogram.quantileMs(0.5), histogram.maxMs]).toEqual([0, 0]);
  histogram.record(-1);
  histogram.record(1e12);
  expect(histogram.quantileMs(0.5)).toBe(0);
  expect(histogram.maxMs).toBe((2 ** 31 - 1) / 1_000);
});
