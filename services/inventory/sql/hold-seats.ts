import { statement } from '@boxoffice/runtime/database/statement';

import { reservationEvent } from './reservation-event.ts';

/** A seat that was asked for. All rows have the same schedule and reservation. */
export interface AskedSeatRow {
  readonly seat_id: bigint;
  /** The schedule has this seat. Without it, what describes the seat is null. */
  readonly known: boolean;
  /** Somebody else held it, or had bought it, when the statement began. */
  readonly taken: boolean;
  /** It is locked for us. */
  readonly claimed: boolean;
  readonly section: string;
  readonly row_label: string;
  readonly number: number;
  readonly price: bigint;
  readonly schedule_id: bigint;
  readonly schedule_state: 'ON_SALE' | 'CANCELLED';
  readonly bookable: boolean;
  readonly day: string;
  readonly currency_code: string;
  readonly concert_id: bigint;
  readonly concert_name: string;
  /** Null unless all of the seats were claimed: then they are held, and else nothing is. */
  readonly reservation_id: bigint | null;
  readonly amount: bigint;
  readonly created_at: Date;
  readonly expires_at: Date;
}

/**
 * Claims all of the seats for a new reservation, or none, in one round trip and without waiting for a seat; says how each
 * seat stands, so that a refusal needs no second. No row: there is no such schedule. Open seats are claimed, and seats whose
 * hold has run out, which are taken over at once: their former reservation is expired by its own `expires_at` in every
 * reading, and keeps its row until the sweeper writes that down.
 *
 * Parameters: schedule, seat ids (each once), partner, member.
 *
 * Lock order: the schedule (`key share`, as the foreign key takes it anyway: `cancel-schedule` waits for it), then seats
 * in ascending order of ids, skipping those that others have locked. As it waits for no seat and locks no older
 * reservation, it takes part in no deadlock. Index: primary keys of schedules, concerts and seats. Bound: ten seats.
 *
 * The CTEs are materialized and the rows counted: a plan may evaluate a subquery with `skip locked` more than once, and
 * find other rows the second time. Time is `statement_timestamp()`: `now()` is when the transaction began.
 */
export const holdSeats = statement<[bigint, readonly bigint[], string, string], AskedSeatRow>(
  'hold-seats',
  `with schedule as materialized (
    select id, hold_duration_ms
    from schedules
    where id = $1 and state = 'ON_SALE'
      and booking_opens_at <= statement_timestamp() and booking_closes_at > statement_timestamp()
    for key share
  ), claimed as materialized (
    select seats.id, seats.price
    from seats
    where seats.id = any ($2) and seats.schedule_id = (select id from schedule)
      and (seats.state = 'OPEN' or seats.state = 'HELD' and seats.held_until <= statement_timestamp())
    order by seats.id
    for update of seats skip locked
  ), reservation as (
    insert into reservations (partner, member_id, schedule_id, amount, created_at, expires_at)
    select $3, $4, schedule.id, (select sum(price) from claimed), statement_timestamp(),
      statement_timestamp() + schedule.hold_duration_ms * interval '1 millisecond'
    from schedule
    where (select count(*) from claimed) = cardinality($2)
    returning *
  ), listed as (
    insert into reservation_seats (reservation_id, seat_id, price)
    select reservation.id, claimed.id, claimed.price from reservation, claimed
  ), held as (
    update seats
    set state = 'HELD', reservation_id = reservation.id, held_until = reservation.expires_at
    from claimed, reservation
    where seats.id = claimed.id
  ), event as (${reservationEvent('reservation', {
    name: `'held'`,
    seatIds: '(select jsonb_agg(id order by id) from claimed)',
  })}
  )
  select asked.id as seat_id, seats.id is not null as known,
    coalesce(
      seats.state = 'SOLD' or seats.state = 'HELD' and seats.held_until > statement_timestamp(), false
    ) as taken,
    claimed.id is not null as claimed,
    seats.section, seats.row_label, seats.number, coalesce(claimed.price, seats.price) as price,
    schedules.id as schedule_id, schedules.state as schedule_state,
    schedules.booking_opens_at <= statement_timestamp()
      and schedules.booking_closes_at > statement_timestamp() as bookable,
    schedules.day, schedules.currency_code, concerts.id as concert_id, concerts.name as concert_name,
    reservation.id as reservation_id, reservation.amount, reservation.created_at, reservation.expires_at
  from schedules
  join concerts on concerts.id = schedules.concert_id
  cross join unnest($2::bigint[]) as asked (id)
  left join seats on seats.id = asked.id and seats.schedule_id = $1
  left join claimed on claimed.id = asked.id
  left join reservation on true
  where schedules.id = $1
  order by asked.id`,
);
