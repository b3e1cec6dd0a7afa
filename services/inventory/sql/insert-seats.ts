import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Makes the seats of a schedule, row by row, the best first: ids ascend in that order, as `insert … select … order by`
 * numbers its rows. Parameters: schedule; of each row section, label, first number, seats, price. Bound: 20,000 seats.
 */
export const insertSeats = statement<
  [bigint, readonly string[], readonly string[], readonly number[], readonly number[], readonly bigint[]]
>(
  'insert-seats',
  `insert into seats (schedule_id, section, row_label, number, price)
  select $1, plan.section, plan.label, plan.first_number + seat.index, plan.price
  from unnest($2::text[], $3::text[], $4::integer[], $5::integer[], $6::bigint[]) with ordinality
    as plan (section, label, first_number, seats, price, position)
  cross join lateral generate_series(0, plan.seats - 1) as seat (index)
  order by plan.position, seat.index`,
);
