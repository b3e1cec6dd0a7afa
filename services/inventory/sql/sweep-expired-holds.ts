import { statement } from '@boxoffice/runtime/database/statement';

import { reservationEvent } from './reservation-event.ts';

/**
 * Writes down what the clock has decided: marks holds that have run out, oldest first, and opens the seats that nobody has
 * taken over meanwhile. One row a reservation; gives its schedule. Parameter: limit.
 *
 * Lock order: reservations, skipping those that others have locked (any number of sweepers share the work), then seats in
 * ascending order of ids. Index: `reservations_pending_by_end`, `seats_of_reservation`. Bound: the limit times ten seats.
 *
 * The seats are asked for by an array: for a join with a limit that it does not know, the planner may read the whole index.
 */
export const sweepExpiredHolds = statement<[number], { schedule_id: bigint }>(
  'sweep-expired-holds',
  `with expired as materialized (
    select id from reservations
    where status = 'PENDING' and expires_at <= statement_timestamp()
    order by expires_at
    limit $1
    for update skip locked
  ), freed as materialized (
    select seats.id from seats
    where seats.reservation_id = any (array(select id from expired))
    order by seats.id
    for update of seats
  ), opened as (
    update seats set state = 'OPEN', reservation_id = null, held_until = null
    from freed
    where seats.id = freed.id
  ), ended as (
    update reservations set status = 'EXPIRED', ended_at = statement_timestamp()
    from expired
    where reservations.id = expired.id
    returning reservations.*
  ), event as (${reservationEvent('ended', { name: `'expired'` })}
  )
  select schedule_id from ended`,
);
