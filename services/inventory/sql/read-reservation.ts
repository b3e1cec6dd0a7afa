import { statement } from '@boxoffice/runtime/database/statement';

import type { ReservationSeatRow } from '../reservation.ts';
import { reservationColumns, reservationJoins } from './reservation-columns.ts';

/**
 * Reads a reservation of a partner's member, one row a seat; none: unknown. Parameters: reservation, partner, member or
 * empty for any. Index: primary keys. Bound: ten rows.
 */
export const readReservation = statement<[bigint, string, string], ReservationSeatRow>(
  'read-reservation',
  `select ${reservationColumns}
  from reservations ${reservationJoins}
  where reservations.id = $1 and reservations.partner = $2 and ($3 = '' or reservations.member_id = $3)
  order by seats.id`,
);
