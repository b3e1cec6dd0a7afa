import { createHash } from 'node:crypto';

import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import fc from 'fast-check';

import { DrawnOrder } from '../position-board/draw.ts';

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

function order(seed: Uint8Array, count: number): DrawnOrder {
  return new DrawnOrder({ seed, count: BigInt(count) });
}

/** The same seeds in every run, unlike each other. */
function seedOf(index: number): Uint8Array {
  return createHash('sha256').update(`seed ${index}`).digest();
}

function numbersUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('a drawing of lots', () => {
  test('gives every number a place of its own, whatever the seed and however many there are', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: 3_000 }), (seed, count) => {
        const drawn = order(seed, count);
        const places = numbersUpTo(count).map((number) => drawn.place(number));
        expect(places.toSorted((a, b) => a - b)).toEqual(numbersUpTo(count));
      }),
      { numRuns: 60 },
    );
  });

  test('is a permutation of every small lobby', () => {
    for (const count of numbersUpTo(130)) {
      const drawn = order(seedOf(count), count);
      const places = numbersUpTo(count).map((number) => drawn.place(number));
      expect(new Set(places)).toEqual(new Set(numbersUpTo(count)));
    }
  });

  test('can be read backwards', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 1_000_000 }), fc.nat(), (seed, count, any) => {
        const drawn = order(seed, count);
        const number = (any % count) + 1;
        expect(drawn.number(drawn.place(number))).toBe(number);
        expect(drawn.place(drawn.number(number))).toBe(number);
      }),
      { numRuns: 30 },
    );
  });

  test('leaves everybody who came later at their number', () => {
    const drawn = order(seedOf(1), 100);
    expect([101, 102, 5_000_000].map((number) => drawn.place(number))).toEqual([101, 102, 5_000_000]);
    expect(drawn.number(101)).toBe(101);
    expect(order(seedOf(1), 0).place(1)).toBe(1);
  });

  test('is what its definition says: these were computed in another language', () => {
    const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
    expect(numbersUpTo(11).map((number) => order(seed, 10).place(number))).toEqual([8, 5, 9, 1, 4, 2, 6, 10, 7, 3, 11]);
    const million = order(seed, 1_000_000);
    const places = [1, 2, 3, 999_999, 1_000_000].map((number) => million.place(number));
    expect(places).toEqual([74_286, 798_702, 722_430, 161_958, 788_432]);
  });

  test('refuses more than it can draw', () => {
    expect(() => new DrawnOrder({ seed: seedOf(0), count: 2n ** 32n + 1n })).toThrow(RangeError);
  });
});

describe('over many seeds', () => {
  /** Pearson's: how far counts are from what they should be. On average as much as there are degrees of freedom. */
  function chiSquare(cells: readonly number[], expected: number): number {
    return cells.reduce((sum, cell) => sum + (cell - expected) ** 2 / expected, 0);
  }

  test('every number is as often at every place', () => {
    for (const count of [2, 3, 5, 16]) {
      const draws = 100 * count;
      const cells = new Array<number>(count * count).fill(0);
      for (let draw = 0; draw < draws; draw++) {
        const drawn = order(seedOf(draw), count);
        for (const number of numbersUpTo(count)) {
          const cell = (number - 1) * count + drawn.place(number) - 1;
          cells[cell] = (cells[cell] ?? 0) + 1;
        }
      }
      // (count - 1)^2 degrees of freedom; four standard deviations above.
      const freedom = (count - 1) ** 2;
      expect(chiSquare(cells, 100)).toBeLessThan(freedom + 4 * Math.sqrt(2 * freedom));
    }
  });

  test('all orders of three and of four are as likely', () => {
    for (const [count, orders] of [
      [3, 6],
      [4, 24],
    ] as const) {
      const seen = new Map<string, number>();
      const draws = orders * 300;
      for (let draw = 0; draw < draws; draw++) {
        const drawn = order(seedOf(draw), count);
        const places = numbersUpTo(count)
          .map((number) => drawn.place(number))
          .join();
        seen.set(places, (seen.get(places) ?? 0) + 1);
      }
      expect(seen.size).toBe(orders);
      expect(chiSquare([...seen.values()], 300)).toBeLessThan(orders - 1 + 4 * Math.sqrt(2 * (orders - 1)));
    }
  });

  test('who comes at the same time does not end up together', () => {
    const count = 10_000;
    const drawn = order(seedOf(7), count);
    const apart = numbersUpTo(count - 1).map((number) => Math.abs(drawn.place(number) - drawn.place(number + 1)));
    const mean = apart.reduce((sum, distance) => sum + distance, 0) / apart.length;
    // Of two places drawn evenly it is a third of the line.
    expect(Math.abs(mean - count / 3)).toBeLessThan(count / 60);
  });
});
