import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Opens the seats of a paid reservation again, and gives how many. Parameters: reservation, refund, when it was decided.
 *
 * Locks: all held since `lock-reservation`. Index: primary keys, `seats_of_reservation`. Bound: ten seats.
 */
export const refundReservation = statement<[bigint, bigint, string], { opened: bigint }>(
  'refund-reservation',
  `with reservation as (
    update reservations set status = 'REFUNDED', refund_id = $2, ended_at = $3
    where id = $1 and status = 'CONFIRMED'
    returning id
  ), listed as (
    update reservation_seats set sold = false
    from reservation
    where reservation_seats.reservation_id = reservation.id
  ), opened as (
    update seats set state = 'OPEN', reservation_id = null
    from reservation
    where seats.reservation_id = reservation.id and seats.state = 'SOLD'
    returning seats.id
  )
  select count(*) as opened from opened`,
);
