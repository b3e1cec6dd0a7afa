import { statement } from '@boxoffice/runtime/database/statement';

import { seatCounts } from './seat-counts.ts';

/** The seats of all dates that can be booked now, by state. */
export interface MeasuredSeats {
  readonly open: bigint;
  readonly held: bigint;
  readonly sold: bigint;
}

/**
 * Counts the seats of the dates that can be booked now, by state; those whose hold has run out are open. Parameters: how many
 * dates to look at, from yesterday on by day, and how many of those that can be booked to count.
 *
 * Locks nothing. Index: `schedules_of_day`; for each date `seats_open` and `seats_held`, counted without reading a seat where
 * its page has been vacuumed. Bound: `$1` dates, and the open and held seats of `$2`, 20,000 each.
 */
export const measureSeats = statement<[number, number], MeasuredSeats>(
  'measure-seats',
  `with coming as materialized (
    select id, state, booking_opens_at, booking_closes_at, total_seats from schedules
    where (day, id) > (current_date - 1, 0)
    order by day, id
    limit $1
  ), bookable as materialized (
    select id, total_seats from coming
    where state = 'ON_SALE' and booking_opens_at <= statement_timestamp() and booking_closes_at > statement_timestamp()
    limit $2
  ), counted as (
    select bookable.total_seats, free.open + held.over as open, held.live as held
    from bookable
    ${seatCounts('bookable.id')}
  )
  select coalesce(sum(open), 0)::bigint as open, coalesce(sum(held), 0)::bigint as held,
    coalesce(sum(total_seats - open - held), 0)::bigint as sold
  from counted`,
);

/**
 * Reads for how long the sweeper is behind, in seconds: since the end of the hold that has run out first and is not written
 * down as over. 0 when there is none. Locks nothing. Index: `reservations_pending_by_end`. Bound: one row.
 */
export const measureOverdueHolds = statement<[], { readonly oldest_seconds: number }>(
  'measure-overdue-holds',
  `select greatest(0, coalesce(extract(epoch from statement_timestamp() - (
    select expires_at from reservations where status = 'PENDING' order by expires_at limit 1
  )), 0))::float8 as oldest_seconds`,
);
