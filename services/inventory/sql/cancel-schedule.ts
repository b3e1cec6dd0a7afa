import { statement } from '@boxoffice/runtime/database/statement';

import { reservationEvent } from './reservation-event.ts';

/** Calls a schedule off: from its commit on, no new hold begins. Index: primary key. Waits for no hold. */
export const markCancelled = statement<[bigint]>(
  'mark-cancelled',
  `with schedule as (
    update schedules set state = 'CANCELLED', cancelled_at = statement_timestamp()
    where id = $1 and state = 'ON_SALE'
    returning *
  )
  insert into outbox (type, subject, data)
  select 'boxoffice.inventory.schedule.cancelled.v1', 'schedules/' || id,
    jsonb_build_object('scheduleId', id, 'concertId', concert_id, 'date', day)
  from schedule`,
);

/**
 * Waits for the holds that began before the schedule was called off: each has `key share` on it until it commits. Taken
 * after {@link markCancelled} is committed, so that no new ones come between. Lock order: the schedule, first of all.
 */
export const awaitHolds = statement<[bigint], { id: bigint }>(
  'await-holds',
  `select id from schedules where id = $1 for update`,
);

/**
 * Ends the pending reservations of a schedule and opens their seats; one row each. Those whose time was up are expired.
 *
 * Lock order: reservations, then seats, each in ascending order of ids, waiting. Index:
 * `reservations_pending_of_schedule`, `seats_of_reservation`. Bound: the seats of a schedule, 20,000.
 */
export const cancelPending = statement<[bigint], { status: 'CANCELLED' | 'EXPIRED' }>(
  'cancel-pending',
  `with pending as materialized (
    select id, expires_at from reservations
    where schedule_id = $1 and status = 'PENDING'
    order by id
    for update
  ), freed as materialized (
    select seats.id from seats
    where seats.reservation_id = any (array(select id from pending))
    order by seats.id
    for update of seats
  ), opened as (
    update seats set state = 'OPEN', reservation_id = null, held_until = null
    from freed
    where seats.id = freed.id
  ), ended as (
    update reservations
    set status = case when pending.expires_at <= statement_timestamp() then 'EXPIRED' else 'CANCELLED' end,
      ended_at = statement_timestamp()
    from pending
    where reservations.id = pending.id
    returning reservations.*
  ), event as (${reservationEvent('ended', { name: 'lower(r.status)' })}
  )
  select status from ended`,
);
