import { statement } from '@boxoffice/runtime/database/statement';

import { reservationEvent } from './reservation-event.ts';

/**
 * Ends a hold before its time, and opens its seats; gives how many. Parameters: reservation, when it was decided.
 *
 * Locks: all held since `lock-reservation`. Index: primary key, `seats_of_reservation`. Bound: ten seats.
 */
export const cancelReservation = statement<[bigint, string], { opened: bigint }>(
  'cancel-reservation',
  `with reservation as (
    update reservations set status = 'CANCELLED', ended_at = $2
    where id = $1 and status = 'PENDING'
    returning *
  ), opened as (
    update seats set state = 'OPEN', reservation_id = null, held_until = null
    from reservation
    where seats.reservation_id = reservation.id and seats.state = 'HELD'
    returning seats.id
  ), event as (${reservationEvent('reservation', { name: `'cancelled'` })}
  )
  select count(*) as opened from opened`,
);
