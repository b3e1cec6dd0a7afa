import { statement } from '@boxoffice/runtime/database/statement';

import { reservationEvent } from './reservation-event.ts';

/** How many seats were opened, of how many that the refund is for. */
export interface Opening {
  readonly opened: bigint;
  readonly refunded: bigint;
}

/**
 * Opens seats of a paid reservation again, which is REFUNDED with the last of them. Parameters: reservation, refund, seat ids
 * (empty: all that are left), when it was decided.
 *
 * Locks: all held since `lock-reservation`. Index: primary keys. Bound: ten seats.
 */
export const refundReservation = statement<[bigint, bigint, readonly bigint[], string], Opening>(
  'refund-reservation',
  `with refunded as (
    update reservation_seats set sold = false, refund_id = $2
    where reservation_id = $1 and refund_id is null and (cardinality($3::bigint[]) = 0 or seat_id = any ($3))
    returning seat_id, price
  ), opened as (
    update seats set state = 'OPEN', reservation_id = null
    from refunded
    where seats.id = refunded.seat_id and seats.reservation_id = $1 and seats.state = 'SOLD'
    returning seats.id
  ), reservation as (
    update reservations set status = 'REFUNDED', refund_id = $2, ended_at = $4
    where id = $1 and status = 'CONFIRMED'
      -- As it was when the statement began: what was left, but for what is refunded now.
      and not exists (
        select from reservation_seats
        where reservation_id = $1 and refund_id is null and cardinality($3) > 0 and seat_id <> all ($3)
      )
  ), paid as (
    select * from reservations where id = $1 and exists (select from refunded)
  ), event as (${reservationEvent('paid', {
    name: `'refunded'`,
    seatIds: '(select jsonb_agg(seat_id order by seat_id) from refunded)',
    more: `'paymentId', r.payment_id, 'refundId', $2::bigint, 'refundedAmount', (select sum(price) from refunded)`,
  })}
  )
  select (select count(*) from opened) as opened, (select count(*) from refunded) as refunded`,
);
