import type { Place } from '../answers.ts';
import { dictionary } from './words.ts';

/** How many seats can be held at once. */
export const seatsMax = 10;

/** The places of seats, as a person would say them: those of a row together. */
export function placesOf(seats: readonly Place[]): string {
  const rows = Map.groupBy(seats, ({ section, row }) => JSON.stringify([section, row]));
  return [...rows.values()]
    .map((inRow) => {
      const [first] = inRow;
      const numbers = inRow.map(({ number }) => number).toSorted((one, other) => one - other);
      return first === undefined ? '' : dictionary.words.places(first.section, first.row, numbers);
    })
    .join('; ');
}
