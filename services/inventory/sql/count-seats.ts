import { statement } from '@boxoffice/runtime/database/statement';

import { seatCounts } from './seat-counts.ts';

/** How many seats of a schedule are in which state. */
export interface SeatCounts {
  readonly open: bigint;
  readonly held: bigint;
  readonly sold: bigint;
}

/**
 * Counts the seats of a schedule by state, at one instant; those whose hold has run out are open. No row: there is no such
 * schedule. Locks nothing. What is sold is neither of the others. Index: `seats_open` and `seats_held`, counted without reading
 * a seat where its page has been vacuumed. Bound: 20,000 seats.
 */
export const countSeats = statement<[bigint], SeatCounts>(
  'count-seats',
  `select free.open + held.over as open, held.live as held, schedules.total_seats - free.open - held.over - held.live as sold
  from schedules
  ${seatCounts('schedules.id')}
  where schedules.id = $1`,
);
