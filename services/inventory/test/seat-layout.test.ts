import { describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { rowLabel, rowsOfCount, rowsOfSections, seatsOf } from '../seat-layout.ts';

test('rows are labelled A to Z, then AA and on', () => {
  const labels = [0, 1, 25, 26, 27, 51, 52, 701, 702].map(rowLabel);
  expect(labels).toEqual(['A', 'B', 'Z', 'AA', 'AB', 'AZ', 'BA', 'ZZ', 'AAA']);
});

test('twenty thousand rows have different labels', () => {
  expect(new Set(Array.from({ length: 20_000 }, (_, index) => rowLabel(index))).size).toBe(20_000);
});

describe('the default layout', () => {
  test('is rows of ten, numbered through', () => {
    expect(rowsOfCount(50, 5n).map(({ label, firstNumber, seats }) => [label, firstNumber, seats])).toEqual([
      ['A', 1, 10],
      ['B', 11, 10],
      ['C', 21, 10],
      ['D', 31, 10],
      ['E', 41, 10],
    ]);
  });

  test('has a shorter last row where ten do not divide the seats', () => {
    expect(rowsOfCount(13, 5n).map(({ seats }) => seats)).toEqual([10, 3]);
    expect(seatsOf(rowsOfCount(1, 5n))).toBe(1);
  });
});

test('a layout of sections numbers each row from 1 and keeps the order', () => {
  const rows = rowsOfSections([
    { section: 'VIP', rows: 2, seatsPerRow: 3, price: 9n },
    { section: 'Floor', rows: 1, seatsPerRow: 5, price: 4n },
  ]);
  expect(rows).toEqual([
    { section: 'VIP', label: 'A', firstNumber: 1, seats: 3, price: 9n },
    { section: 'VIP', label: 'B', firstNumber: 1, seats: 3, price: 9n },
    { section: 'Floor', label: 'A', firstNumber: 1, seats: 5, price: 4n },
  ]);
  expect(seatsOf(rows)).toBe(11);
});
