import type { Invariant } from '@boxoffice/runtime/database/invariant';
import { eventInvariants } from '@boxoffice/runtime/events/invariants';

/** What must hold in the Inventory at every moment. Constraints and locks keep it; these would find what they let through. */
export const invariants: readonly Invariant[] = [
  {
    id: 'I6',
    title: 'No seat is sold twice: a sold seat is in one paid reservation, which it names',
    sql: `
      select seats.id as seat_id, seats.state, seats.reservation_id, sales.reservations
      from seats
      full join (
        select reservation_seats.seat_id, array_agg(reservations.id) as reservations
        from reservation_seats
        join reservations on reservations.id = reservation_seats.reservation_id
        where reservations.status = 'CONFIRMED' and reservation_seats.refund_id is null
        group by reservation_seats.seat_id
      ) as sales on sales.seat_id = seats.id
      where sales.reservations is distinct from
        case when seats.state = 'SOLD' then array[seats.reservation_id] end`,
  },
  {
    id: 'I7',
    title: 'No two live holds are on a seat, now or at any time before',
    // A hold ends at its end, or when it is given up or paid back. Whoever takes over one that has run out judges it by the
    // clock reading that their own begins with. Whoever takes a seat that was given up may have read the clock before the
    // one who gave it up has: they get a second.
    sql: `
      select seat_id, reservation_id, live_until, next_reservation_id, next_live_from
      from (
        select seat_id, reservation_seats.reservation_id,
          case
            when reservation_seats.refund_id is not null then decided_at - interval '1 second'
            when status = 'CONFIRMED' then 'infinity'
            when status in ('CANCELLED', 'REFUNDED') then ended_at - interval '1 second'
            else expires_at
          end as live_until,
          lead(reservation_seats.reservation_id) over later as next_reservation_id,
          lead(created_at) over later as next_live_from
        from reservation_seats
        join reservations on reservations.id = reservation_seats.reservation_id
        left join decisions on kind = 'REVOKE' and subject_id = reservation_seats.refund_id
        window later as (partition by seat_id order by created_at, reservation_seats.reservation_id)
      ) as holds
      where next_live_from < live_until`,
  },
  {
    id: 'I7-held',
    title: 'A live hold has all of its seats, until its end',
    // By a clock that is read after the rows: a hold that is live then was live when they were read.
    sql: `
      select reservations.id as reservation_id, reservations.expires_at, seats.id as seat_id, seats.state,
        seats.reservation_id as held_by, seats.held_until
      from reservations
      join reservation_seats on reservation_seats.reservation_id = reservations.id
      join seats on seats.id = reservation_seats.seat_id
      where reservations.status = 'PENDING' and reservations.expires_at > clock_timestamp()
        and (
          seats.state <> 'HELD' or seats.reservation_id <> reservations.id
          or seats.held_until <> reservations.expires_at
        )`,
  },
  {
    id: 'I8',
    title: 'No seat is stuck ten seconds after its hold ended',
    sql: `
      select id as seat_id, schedule_id, reservation_id, held_until
      from seats
      where state = 'HELD' and held_until < statement_timestamp() - interval '10 seconds'`,
  },
  {
    id: 'inventory-holder',
    title: 'A held seat is held for a pending reservation, until its end',
    sql: `
      select seats.id as seat_id, seats.held_until, reservations.id as reservation_id, reservations.status,
        reservations.expires_at
      from seats
      join reservations on reservations.id = seats.reservation_id
      where seats.state = 'HELD'
        and (reservations.status <> 'PENDING' or reservations.expires_at <> seats.held_until)`,
  },
  {
    id: 'inventory-amount',
    title: 'A reservation costs what its seats cost together, and all are of its date',
    sql: `
      select reservations.id as reservation_id, reservations.amount, listed.amount as listed, listed.strangers
      from reservations
      left join lateral (
        select sum(reservation_seats.price) as amount,
          count(*) filter (where seats.schedule_id <> reservations.schedule_id) as strangers
        from reservation_seats join seats on seats.id = reservation_seats.seat_id
        where reservation_seats.reservation_id = reservations.id
      ) as listed on true
      where listed.amount is distinct from reservations.amount or listed.strangers > 0`,
  },
  {
    id: 'inventory-decision',
    title: 'A reservation is paid by a stored decision, and by no other',
    sql: `
      select reservations.id as reservation_id, reservations.payment_id, decisions.subject_id
      from reservations
      full join (select * from decisions where kind = 'CONFIRM' and rejection_reason is null) as decisions
        on decisions.reservation_id = reservations.id
      where reservations.payment_id is distinct from decisions.subject_id`,
  },
  {
    id: 'inventory-refund',
    title: 'A seat is refunded by a stored decision on its reservation, which is over when all of its seats are',
    sql: `
      select reservations.id as reservation_id, reservations.status, listed.seats, listed.refunded, listed.decided
      from reservations
      left join (
        select reservation_seats.reservation_id, count(*) as seats, count(refund_id) as refunded,
          count(decisions.subject_id) as decided, count(distinct refund_id) as refunds
        from reservation_seats
        left join decisions on kind = 'REVOKE' and rejection_reason is null
          and (subject_id, decisions.reservation_id) = (refund_id, reservation_seats.reservation_id)
        group by reservation_seats.reservation_id
      ) as listed on listed.reservation_id = reservations.id
      left join (
        select reservation_id, count(*) as refunds from decisions
        where kind = 'REVOKE' and rejection_reason is null
        group by reservation_id
      ) as revoked on revoked.reservation_id = reservations.id
      where listed.decided < listed.refunded
        or listed.refunds <> coalesce(revoked.refunds, 0)
        or case reservations.status
          when 'REFUNDED' then listed.refunded < listed.seats
          when 'CONFIRMED' then listed.refunded = listed.seats
          else listed.refunded > 0
        end`,
  },
  {
    id: 'inventory-seats',
    title: 'A schedule has as many seats as it says',
    sql: `
      select schedules.id as schedule_id, schedules.total_seats, count(seats.id) as seats
      from schedules left join seats on seats.schedule_id = schedules.id
      group by schedules.id
      having schedules.total_seats <> count(seats.id)`,
  },
  ...eventInvariants('inventory'),
];
