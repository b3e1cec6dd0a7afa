import { expect, test } from '@boxoffice/runtime/testing/tests';
import type { Seat } from '../../web/answers.ts';
import { SeatMap } from '../../web/buyer/seat-map.ts';

const seatsOf = (count: number): Seat[] =>
  Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    number: (index % 10) + 1,
    section: index < count / 2 ? 'A' : 'B',
    row: String(Math.floor(index / 10)),
    price: index < count / 2 ? 2_000 : 1_000,
    status: 'OPEN',
  }));

test('a map counts what is free, by section', () => {
  const map = new SeatMap(seatsOf(40));
  expect(map.sections.map(({ section, rows, free, priceMin }) => [section, rows.length, free, priceMin])).toEqual([
    ['A', 2, 20, 2_000],
    ['B', 2, 20, 1_000],
  ]);
  expect(map.free).toBe(40);
});

test('a change is taken in where it is, tells what is new, and leaves other rows as they are', () => {
  const seats = seatsOf(20_000);
  const map = new SeatMap(seats);
  const taken: Seat = { ...(seats[14_999] as Seat), status: 'HELD' };
  expect(map.apply([taken, ...seats.slice(0, 3)])).toEqual([taken]);
  expect(map.seat(15_000)).toEqual(taken);
  expect(map.free).toBe(19_999);
  expect(map.sections.flatMap(({ rows }) => rows).filter(({ version }) => version > 0)).toHaveLength(1);
  expect(map.apply([{ ...taken, id: 99_999 }])).toEqual([]);
});
