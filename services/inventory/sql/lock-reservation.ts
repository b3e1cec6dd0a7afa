import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Locks a reservation and then the seats that it still has, and gives those. Whoever changes a reservation begins so.
 *
 * Lock order: the reservation, then its seats in ascending order of ids; waits for either. Holding seats waits for no
 * reservation, so nobody waits here for somebody who waits for us. Index: primary key, `seats_of_reservation`. Bound: ten
 * seats. What is read under the locks is read by the next statement, whose snapshot and clock are later than the wait.
 */
export const lockReservation = statement<[bigint], { id: bigint }>(
  'lock-reservation',
  `with reservation as materialized (
    select id from reservations where id = $1 for update
  )
  select seats.id from seats
  where seats.reservation_id = (select id from reservation)
  order by seats.id
  for update of seats`,
);
