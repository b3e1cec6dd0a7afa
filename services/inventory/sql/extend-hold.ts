import { statement } from '@boxoffice/runtime/database/statement';

import { reservationEvent } from './reservation-event.ts';

/**
 * Lets a hold last its full duration from the moment of the decision on; gives how many seats it has. Parameters:
 * reservation, when it was decided.
 *
 * Locks: all held since `lock-reservation`. Index: primary keys, `seats_of_reservation`. Bound: ten seats.
 */
export const extendHold = statement<[bigint, string], { extended: bigint }>(
  'extend-hold',
  `with reservation as (
    update reservations
    set extended_at = $2,
      expires_at = greatest(
        reservations.expires_at, $2::timestamptz + schedules.hold_duration_ms * interval '1 millisecond'
      )
    from schedules
    where reservations.id = $1 and reservations.status = 'PENDING' and reservations.extended_at is null
      and schedules.id = reservations.schedule_id
    returning reservations.*
  ), held as (
    update seats set held_until = reservation.expires_at
    from reservation
    where seats.reservation_id = reservation.id and seats.state = 'HELD'
    returning seats.id
  ), event as (${reservationEvent('reservation', { name: `'extended'` })}
  )
  select count(*) as extended from held`,
);
