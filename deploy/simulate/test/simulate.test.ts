import { describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { Agenda } from '../agenda.ts';
import { estimateQuality } from '../estimates.ts';
import { readOptions, UsageError } from '../options.ts';
import { play, type Outcome } from '../play.ts';
import { randomOf } from '../random.ts';
import { report } from '../report.ts';
import { usualSale, type Policy, type Sale } from '../sale.ts';

const policies: readonly Policy[] = [
  { maxActive: 50, admitCount: 0, admitInterval: 0, activeTtl: 300 },
  { maxActive: 0, admitCount: 20, admitInterval: 10, activeTtl: 60 },
  { maxActive: 120, admitCount: 30, admitInterval: 7, activeTtl: 300 },
];
const sales: readonly Sale[] = [
  { ...usualSale, people: 3_000, seats: 500 },
  { ...usualSale, people: 2_000, seats: 300, patience: 200, abandonShare: 0.4, seed: 7 },
  { ...usualSale, people: 100, seats: 500, lobbyShare: 0, seed: 3 },
];

describe.each(sales.flatMap((sale) => policies.map((policy) => ({ sale, policy }))))(
  'a sale of %j',
  ({ sale, policy }) => {
    const outcome = play(sale, policy);
    const { admission, admittedAt, crowd, moments } = outcome;

    test('never has more inside than the policy allows', () => {
      if (policy.maxActive > 0) expect(outcome.activeMax).toBeLessThanOrEqual(policy.maxActive);
      expect(outcome.activeMax).toBeGreaterThan(0);
    });

    test('keeps to the rate in every interval', () => {
      for (const [index, { at }] of admission.log.entries()) {
        const within = admission.log.slice(0, index + 1).filter((other) => other.at > at - policy.admitInterval);
        const count = within.reduce((sum, other) => sum + other.count, 0);
        if (policy.admitCount > 0) expect(count).toBeLessThanOrEqual(policy.admitCount);
      }
    });

    test('lets nobody overtake, and nobody in who has not come or has gone', () => {
      let latest = -Infinity;
      for (const [place, at] of admittedAt.entries()) {
        if (Number.isNaN(at)) continue;
        expect(at).toBeGreaterThanOrEqual(latest);
        expect(at).toBeGreaterThanOrEqual(crowd.came[place] ?? NaN);
        expect(at).toBeLessThan(crowd.goes[place] ?? NaN);
        latest = at;
      }
    });

    test('loses no seat and nobody', () => {
      for (const { held, sold } of moments) {
        expect(held).toBeGreaterThanOrEqual(0);
        expect(held + sold).toBeLessThanOrEqual(sale.seats);
      }
      expect(outcome.sold).toBeLessThanOrEqual(sale.seats);
      expect(outcome.soldOutAt !== undefined).toBe(outcome.sold === sale.seats);
      const letIn = [...admittedAt].filter((at) => !Number.isNaN(at)).length;
      expect(letIn).toBe(admission.total);
      const over = outcome.buyers + outcome.tooLate + outcome.gaveUp + outcome.expired;
      expect(over).toBeLessThanOrEqual(letIn);
      if (outcome.soldOutAt === undefined) expect(letIn + outcome.left).toBe(sale.people);
      for (const { waiting } of moments) expect(waiting).toBeGreaterThanOrEqual(0);
    });

    test('is the same again', () => {
      const again = play(sale, policy);
      expect(again.sold).toBe(outcome.sold);
      expect(again.admittedAt).toEqual(admittedAt);
    });
  },
);

test('ten people who come at once for ten seats, two at a time, take five rounds', () => {
  // Everybody chooses in 10 s and pays in 5, but for the spread; so the median of fifty such sales is what counts.
  const sale = {
    ...usualSale,
    people: 10,
    seats: 10,
    seatsEach: 1,
    lobbyShare: 1,
    chooseTime: 10,
    payTime: 5,
    giveUpShare: 0,
    abandonShare: 0,
    declineShare: 0,
  };
  const policy = { maxActive: 2, admitCount: 0, admitInterval: 0, activeTtl: 300 };
  const ends = Array.from({ length: 50 }, (_, seed) => play({ ...sale, seed }, policy)).map((outcome: Outcome) => {
    expect(outcome).toMatchObject({ sold: 10, buyers: 10, activeMax: 2, tooLate: 0, returned: 0 });
    return outcome.soldOutAt ?? NaN;
  });
  const median = ends.sort((a, b) => a - b)[25] ?? NaN;
  expect(median).toBeGreaterThan(5 * 15);
  expect(median).toBeLessThan(5 * 15 * 1.8);
});

test('where the rate is what holds people back, the waits that the Queue tells are right', () => {
  const sale = { ...usualSale, people: 5_000, seats: 20_000 };
  const policy = { maxActive: 0, admitCount: 50, admitInterval: 10, activeTtl: 300 };
  const { covered, medianError, asked } = estimateQuality(play(sale, policy), policy);
  expect(asked).toBeGreaterThan(100);
  expect(covered).toBeGreaterThan(0.9);
  expect(medianError).toBeLessThan(0.1);
});

test('who has gone is ahead of nobody', () => {
  const sale = { ...usualSale, people: 5_000, seats: 20_000, patience: 120 };
  const policy = { maxActive: 0, admitCount: 50, admitInterval: 10, activeTtl: 300 };
  const outcome = play(sale, policy);
  expect(outcome.left).toBeGreaterThan(1_000);
  // People go on going while somebody waits, so that the line is faster than it was told to be; not by magnitudes.
  expect(estimateQuality(outcome, policy).medianError).toBeLessThan(1.5);
});

test('what is due first is taken first', () => {
  const random = randomOf(5);
  const agenda = new Agenda<number>();
  const times = Array.from({ length: 500 }, () => random.next());
  times.forEach((at, index) => agenda.add(at, index));
  const taken = times.map(() => agenda.take().at);
  expect(taken).toEqual(times.toSorted((a, b) => a - b));
  expect(agenda.nextAt).toBe(Infinity);
  expect(() => agenda.take()).toThrow(RangeError);
});

test('policies are compared side by side', () => {
  const options = readOptions([
    '--people',
    '500',
    '--seats',
    '100',
    '--policy',
    'max-active=20',
    '--policy',
    'admit=10/5s,ttl=60s',
  ]);
  if (options === undefined) throw new Error('no help was asked for');
  const { sale } = options;
  const text = report(
    sale,
    options.policies.map((policy) => ({ policy, outcome: play(sale, policy) })),
  );
  expect(text).toMatch(/^500 people, 100 seats\n\npolicy +max-active=20 +admit=10\/5s,ttl=60s\n/);
  expect(text).toMatch(/^all sold after +\d+ min \d+ s +\d+ min \d+ s$/m);
  expect(text).not.toMatch(/NaN|undefined/);
});

test.each([
  { args: ['--people', '0'] },
  { args: ['--people', '1.5'] },
  { args: ['--abandon', '0.9', '--decline', '0.2'] },
  { args: ['--policy', 'ttl=30s'] },
  { args: ['--policy', 'admit=5/0s'] },
  { args: ['--policy', 'fast'] },
  { args: ['--unknown'] },
])('$args cannot be meant', ({ args }) => {
  expect(() => readOptions(args)).toThrow(UsageError);
});
