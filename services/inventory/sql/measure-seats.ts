import { statement } from '@boxoffice/runtime/database/statement';

/** The seats of the dates that can be booked now, and how late the holds are that nobody has ended yet. */
export interface MeasuredSeats {
  readonly open: number;
  readonly held: number;
  readonly sold: number;
  /** Since the first hold that has run out should have been ended; negative: none has run out; null: there is none. */
  readonly overdue_seconds: number | null;
}

/**
 * Measures seats by state (of how many dates at most, the next ones), and the oldest hold.
 *
 * Locks nothing. Indexes: `schedules_of_day`; of each date `seats_open` and `seats_held`, counted without reading a seat where
 * its page has been vacuumed; the first row of `reservations_pending_by_end`. Bound: `$1` dates, 20,000 seats each.
 */
export const measureSeats = statement<[number], MeasuredSeats>(
  'measure-seats',
  `with bookable as materialized (
     select id, total_seats from schedules
     where day >= current_date - 1 and state = 'ON_SALE'
       and booking_opens_at <= statement_timestamp() and booking_closes_at > statement_timestamp()
     order by day, id
     limit $1
   ), counted as (
     select total_seats,
       (select count(*) from seats where schedule_id = bookable.id and state = 'OPEN') as open,
       (
         select count(*) from seats
         where schedule_id = bookable.id and state = 'HELD' and held_until <= statement_timestamp()
       ) as over,
       (
         select count(*) from seats
         where schedule_id = bookable.id and state = 'HELD' and held_until > statement_timestamp()
       ) as held
     from bookable
   )
   select coalesce(sum(open + over), 0)::float8 as open, coalesce(sum(held), 0)::float8 as held,
     coalesce(sum(total_seats - open - over - held), 0)::float8 as sold,
     (
       select extract(epoch from statement_timestamp() - expires_at)::float8 from reservations
       where status = 'PENDING' order by expires_at limit 1
     ) as overdue_seconds
   from counted`,
);
