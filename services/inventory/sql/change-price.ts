import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Gives seats a new price, and says how many had another; what is held or sold keeps the price in its reservation.
 * Parameters: schedule, seat ids (empty: all), section (empty: all; only without seat ids), price.
 *
 * Lock order: the schedule is locked by `touch-prices`; then seats in ascending order of ids, waiting. Holding seats skips
 * what is locked here, and waits for the end of it by `await-seat`. Index: `seats_of_schedule`. Bound: 20,000 seats.
 */
export const changePrice = statement<[bigint, readonly bigint[], string, bigint]>(
  'change-price',
  `with priced as materialized (
    select id from seats
    where schedule_id = $1 and price <> $4
      and case when cardinality($2::bigint[]) > 0 then id = any ($2) else $3 in ('', section) end
    order by id
    for update
  )
  update seats set price = $4 from priced where seats.id = priced.id`,
);
