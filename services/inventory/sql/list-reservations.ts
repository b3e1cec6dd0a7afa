import { statement } from '@boxoffice/runtime/database/statement';

import type { ReservationSeatRow } from '../reservation.ts';
import { reservationColumns, reservationJoins } from './reservation-columns.ts';

/** Partner, member, the id before which to begin, limit. */
export type ReservationPageParams = [partner: string, memberId: string, before: bigint, limit: number];

/**
 * Lists a member's reservations, newest first, one row a seat. Index: `reservations_of_member`, then primary keys. Bound:
 * the limit times ten rows.
 */
export const listReservations = statement<ReservationPageParams, ReservationSeatRow>('list-reservations', pageSql());

/**
 * The same, of those whose seats are held now. Index: `reservations_pending_of_member`, then primary keys: what is over
 * costs nothing, however much it is. What has run out and is not yet swept is passed over; `is true` keeps the planner from
 * looking for it by `reservations_pending_by_end`, among the holds of everybody.
 */
export const listPendingReservations = statement<ReservationPageParams, ReservationSeatRow>(
  'list-pending-reservations',
  pageSql(`and status = 'PENDING' and (expires_at > statement_timestamp()) is true`),
);

/** The page first, so that what is joined is no more than that. */
function pageSql(and = ''): string {
  return `with page as materialized (
    select * from reservations
    where partner = $1 and member_id = $2 and id < $3 ${and}
    order by id desc
    limit $4
  )
  select ${reservationColumns}
  from page as reservations ${reservationJoins}
  order by reservations.id desc, seats.id`;
}
