import type { Place } from './answers.ts';
import { dictionary } from './words.ts';

/** How many seats can be held at once. */
export const seatsMax = 10;

/** The places of seats, as a person would say them. */
export function placesOf(seats: readonly Place[]): string {
  return seats.map(({ section, row, number }) => dictionary.words.place(section, row, number)).join('; ');
}
