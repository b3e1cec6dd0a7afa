import { statement } from '@boxoffice/runtime/database/statement';

import { reservationEvent } from './reservation-event.ts';

/** How many seats were sold, of how many that the reservation lists. */
export interface Sale {
  readonly sold: bigint;
  readonly listed: bigint;
}

/**
 * Sells the seats of a pending reservation. Parameters: reservation, payment, when it was decided.
 *
 * Locks: all held since `lock-reservation`. Index: primary keys, `seats_of_reservation`. Bound: ten seats. A seat that is
 * sold already violates `reservation_seats_sold`.
 */
export const sellReservation = statement<[bigint, bigint, string], Sale>(
  'sell-reservation',
  `with reservation as (
    update reservations set status = 'CONFIRMED', payment_id = $2, confirmed_at = $3
    where id = $1 and status = 'PENDING'
    returning *
  ), sold as (
    update seats set state = 'SOLD', held_until = null
    from reservation
    where seats.reservation_id = reservation.id and seats.state = 'HELD'
    returning seats.id
  ), listed as (
    update reservation_seats set sold = true
    from reservation
    where reservation_seats.reservation_id = reservation.id
    returning reservation_seats.seat_id
  ), event as (${reservationEvent('reservation', { name: `'confirmed'`, more: `'paymentId', r.payment_id` })}
  )
  select (select count(*) from sold) as sold, (select count(*) from listed) as listed`,
);
