import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import fc from 'fast-check';

import { chooseBest, completeRows, type OpenSeat } from '../best-available.ts';

/** Seats of a house drawn as rows: `o` is open, anything else taken. Ids go on through the rows, and so do numbers. */
function open(...rows: readonly string[]): OpenSeat[] {
  let id = 0;
  return rows.flatMap((row, index) =>
    [...row].flatMap((letter, position) => {
      id += 1;
      const seat = { id: BigInt(id), section: 'S', row: String.fromCharCode(65 + index), number: position + 1 };
      return letter === 'o' ? [seat] : [];
    }),
  );
}

describe('the best seats', () => {
  test.each([
    ['one of an empty row', ['oooo'], 1, 'whole', [1]],
    ['two of an empty row', ['oooo'], 2, 'whole', [1, 2]],
    ['the whole row', ['oooo'], 4, 'whole', [1, 2, 3, 4]],
    ['never all but one of a row when another row fits', ['ooo', 'oo'], 2, 'whole', [4, 5]],
    ['a single seat that is alone already', ['oo', 'xo'], 1, 'whole', [4]],
    ['the first of several places in the best row', ['xooxoo'], 2, 'whole', [2, 3]],
    ['a later place of the best row when the first leaves one alone', ['oooxoo', 'oo'], 2, 'whole', [5, 6]],
    ['one alone is left when nothing else is side by side', ['ooo'], 2, 'beside', [1, 2]],
    ['the best row that has them side by side', ['oxo', 'ooo'], 2, 'beside', [4, 5]],
    ['never across the end of a row', ['xxo', 'oxx'], 2, 'scattered', [3, 4]],
    ['never across a taken seat', ['oxoxo'], 3, 'scattered', [1, 3, 5]],
    ['the best there are when none are side by side', ['oxo', 'xxo', 'oxo'], 3, 'scattered', [1, 3, 6]],
    ['all that are left', ['oxo'], 2, 'scattered', [1, 3]],
  ] as const)('are %s', (_, rows, count, fit, ids) => {
    expect(chooseBest(open(...rows), count)).toEqual({ fit, seatIds: ids.map(BigInt) });
  });

  test('are none when there are not enough', () => {
    expect(chooseBest(open('oxo'), 3)).toBeUndefined();
    expect(chooseBest([], 1)).toBeUndefined();
  });

  test('of rows with one label in two sections are not side by side', () => {
    const seats = [
      { id: 1n, section: 'S', row: 'A', number: 1 },
      { id: 2n, section: 'T', row: 'A', number: 2 },
    ];
    expect(chooseBest(seats, 2)?.fit).toBe('scattered');
  });

  const houses = fc.array(fc.string({ unit: fc.constantFrom('o', 'o', 'x'), maxLength: 12 }), { maxLength: 6 });

  test('are open, distinct and in order, and as good as a search of all blocks finds', () => {
    fc.assert(
      fc.property(houses, fc.integer({ min: 1, max: 10 }), (rows, count) => {
        const seats = open(...rows);
        const choice = chooseBest(seats, count);
        expect(choice).toEqual(searchAll(seats, count));
        if (!choice) return;
        const ids = new Set(seats.map(({ id }) => id));
        expect(choice.seatIds).toHaveLength(count);
        expect(choice.seatIds.every((id) => ids.has(id))).toBe(true);
        expect([...new Set(choice.seatIds)].sort((a, b) => Number(a - b))).toEqual(choice.seatIds);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of the complete rows of a part are the best of all when they are whole', () => {
    fc.assert(
      fc.property(houses, fc.integer({ min: 1, max: 10 }), fc.nat(60), (rows, count, limit) => {
        const seats = open(...rows);
        const choice = chooseBest(completeRows(seats.slice(0, limit)), count);
        fc.pre(choice?.fit === 'whole');
        expect(choice).toEqual(chooseBest(seats, count));
      }),
      { numRuns: 1_000 },
    );
  });
});

/** The rule word by word: every block of neighbours, and what stays beside it. */
function searchAll(seats: readonly OpenSeat[], count: number): ReturnType<typeof chooseBest> {
  if (seats.length < count) return undefined;
  const at = (row: string, number: number): boolean => seats.some((seat) => seat.row === row && seat.number === number);
  const alone = (row: string, number: number): boolean =>
    at(row, number) && !at(row, number - 1) && !at(row, number + 1);
  const blocks = seats
    .map((_, start) => seats.slice(start, start + count))
    .filter((block) => block.length === count)
    .filter(([first, ...rest]) =>
      rest.every(({ row, number }, i) => row === first?.row && number === first.number + i + 1),
    );
  const whole = blocks.find((block) => {
    const row = block[0]?.row ?? '';
    const taken = new Set(block.map(({ number }) => number));
    const left = (number: number): boolean => at(row, number) && !taken.has(number);
    const lonely = (number: number): boolean =>
      left(number) && !left(number - 1) && !left(number + 1) && !alone(row, number);
    return !Array.from({ length: 14 }, (_, number) => number).some(lonely);
  });
  const chosen = whole ?? blocks[0] ?? seats.slice(0, count);
  const fit = whole ? 'whole' : blocks[0] ? 'beside' : 'scattered';
  return { fit, seatIds: chosen.map(({ id }) => id) };
}
