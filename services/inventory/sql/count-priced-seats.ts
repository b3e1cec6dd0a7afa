import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Counts the seats that a change of price names. Parameters: schedule, seat ids (empty: all), section (empty: all; only
 * without seat ids). Index: primary key or `seats_of_schedule`. Bound: 20,000 seats.
 */
export const countPricedSeats = statement<[bigint, readonly bigint[], string], { count: bigint }>(
  'count-priced-seats',
  `select count(*) from seats
  where schedule_id = $1
    and case when cardinality($2::bigint[]) > 0 then id = any ($2) else $3 in ('', section) end`,
);
