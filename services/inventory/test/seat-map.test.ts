import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import fc from 'fast-check';

import { SeatMap } from '../seat-map.ts';
import type { SeatRow } from '../seat.ts';

function seats(count: number, price = 10n): SeatRow[] {
  return Array.from({ length: count }, (_, index) => ({
    seat_id: BigInt(index + 1),
    section: 'S',
    row_label: 'A',
    number: index + 1,
    price,
    state: 'OPEN' as const,
  }));
}

function read(map: SeatMap, version: number, pieceMax = 100): (readonly [bigint, string])[] {
  return [...map.newerThan(version, pieceMax)].flatMap((piece) =>
    piece.seats.map(({ seat_id, state }) => [seat_id, state] as const),
  );
}

describe('a seat map', () => {
  test('gives all seats to a new reader, in pieces of which the last says so', () => {
    const map = new SeatMap();
    map.replace(seats(5));
    expect([...map.newerThan(0, 2)].map((piece) => [piece.seats.length, piece.last])).toEqual([
      [2, false],
      [2, false],
      [1, true],
    ]);
    expect([...map.newerThan(0, 5)].map((piece) => piece.last)).toEqual([true]);
  });

  test('gives a reader what has changed since', () => {
    const map = new SeatMap();
    map.replace(seats(4));
    const { version } = map;
    map.restate('OHOS');
    expect(read(map, version)).toEqual([
      [2n, 'HELD'],
      [4n, 'SOLD'],
    ]);
    expect(read(map, map.version)).toEqual([]);
  });

  test('gives a slow reader the newest state of a seat once', () => {
    const map = new SeatMap();
    map.replace(seats(1));
    const { version } = map;
    ['H', 'O', 'H', 'S'].forEach((state) => map.restate(state));
    expect(read(map, version)).toEqual([[1n, 'SOLD']]);
  });

  test('is no newer when nothing has changed', () => {
    const map = new SeatMap();
    map.replace(seats(2));
    const { version } = map;
    map.restate('OO');
    map.replace(seats(2));
    expect(map.version).toBe(version);
  });

  test('tells of new prices', () => {
    const map = new SeatMap();
    map.replace(seats(2));
    const { version } = map;
    map.replace(seats(2, 20n));
    expect(read(map, version)).toHaveLength(2);
  });

  test('refuses states of other seats than it has', () => {
    const map = new SeatMap();
    map.replace(seats(2));
    expect(() => map.restate('O')).toThrow('1 states for 2 seats');
    expect(() => map.restate('OX')).toThrow('"X" is no state');
  });

  test('leads every reader to the same states, however seldom it reads', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('O', 'H', 'S'), minLength: 6, maxLength: 6 }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(texts, fc.array(fc.boolean(), { maxLength: 12 }), (rounds, reads) => {
        const map = new SeatMap();
        map.replace(seats(6));
        const seen = new Map<bigint, string>();
        let version = 0;
        const catchUp = (): void => {
          for (const [id, state] of read(map, version, 4)) seen.set(id, state);
          version = map.version;
        };
        rounds.forEach((round, index) => {
          map.restate(round);
          if (reads[index]) catchUp();
        });
        catchUp();
        expect([...seen.values()].map((state) => state[0]).join('')).toBe(rounds.at(-1) ?? 'OOOOOO');
      }),
    );
  });
});
