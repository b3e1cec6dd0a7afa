import { statement } from '@boxoffice/runtime/database/statement';

import type { ReservationSeatRow } from '../reservation.ts';
import { reservationColumns, reservationJoins } from './reservation-columns.ts';

/**
 * Lists a member's reservations, newest first, one row a seat. Parameters: partner, member, the id before which to
 * begin, limit. Index: `reservations_of_member`, then primary keys. Bound: the limit times ten rows.
 */
export const listReservations = statement<[string, string, bigint, number], ReservationSeatRow>(
  'list-reservations',
  `with page as materialized (
    select * from reservations
    where partner = $1 and member_id = $2 and id < $3
    order by id desc
    limit $4
  )
  select ${reservationColumns}
  from page as reservations ${reservationJoins}
  order by reservations.id desc, seats.id`,
);
