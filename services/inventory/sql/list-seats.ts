import { statement } from '@boxoffice/runtime/database/statement';

import type { SeatRow } from '../seat.ts';
import { seatStateNow } from './seat-state.ts';

/**
 * Lists seats of a schedule from the best to the last. Parameters: schedule, the id after which to begin, limit. Index:
 * `seats_of_schedule`.
 */
export const listSeats = statement<[bigint, bigint, number], SeatRow>(
  'list-seats',
  `select id as seat_id, section, row_label, number, price, ${seatStateNow} as state
  from seats
  where schedule_id = $1 and id > $2
  order by id
  limit $3`,
);
