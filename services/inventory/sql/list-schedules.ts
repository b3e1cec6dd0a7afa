import { statement } from '@boxoffice/runtime/database/statement';

/** A schedule with the name of its concert. */
export interface ScheduleRow {
  readonly id: bigint;
  readonly concert_id: bigint;
  readonly concert_name: string;
  readonly day: string;
  readonly state: 'ON_SALE' | 'CANCELLED';
  readonly booking_opens_at: Date;
  readonly booking_closes_at: Date;
  readonly hold_duration_ms: number;
  readonly total_seats: number;
  readonly currency_code: string;
}

const idMax = 2n ** 63n - 1n;

/**
 * Lists the schedules of a concert by day, those that can be booked now or all. Parameters: concert, the day and the id after
 * which to begin, the last day, whether also those that cannot be booked, limit. Index: `schedules_of_concert`. Bound: the
 * limit, and what cannot be booked before it.
 */
export const listSchedulesOfConcert = statement<
  [concertId: bigint, afterDay: string, afterId: bigint, lastDay: string, all: boolean, limit: number],
  ScheduleRow
>(
  'list-schedules-of-concert',
  pageSql({
    after: '(concert_id, day, id) > ($1, $2, $3)',
    upTo: `(concert_id, day, id) <= ($1, $4, ${idMax})`,
    order: 'concert_id, day, id',
    all: '$5',
    limit: '$6',
  }),
);

/**
 * Lists the schedules of all concerts on a day by id, those that can be booked now or all. Parameters: day, the id after which
 * to begin, whether also those that cannot be booked, limit. Index: `schedules_of_day`. Bound as above.
 */
export const listSchedulesOfDay = statement<[day: string, afterId: bigint, all: boolean, limit: number], ScheduleRow>(
  'list-schedules-of-day',
  pageSql({
    after: '(day, id) > ($1, $2)',
    upTo: `(day, id) <= ($1, ${idMax})`,
    order: 'day, id',
    all: '$3',
    limit: '$4',
  }),
);

/**
 * A range of an index, in its order, which no other index has: asked for by `day = $1`, those of a day with many would be
 * looked for along the primary key. The concerts' names are read one by one: for a join, all concerts may look like few.
 */
function pageSql(page: Readonly<Record<'after' | 'upTo' | 'order' | 'all' | 'limit', string>>): string {
  return `select id, concert_id, (select name from concerts where concerts.id = concert_id) as concert_name, day, state,
    booking_opens_at, booking_closes_at, hold_duration_ms, total_seats, currency_code
  from schedules
  where ${page.after} and ${page.upTo}
    and (
      ${page.all} or state = 'ON_SALE'
        and booking_opens_at <= statement_timestamp() and booking_closes_at > statement_timestamp()
    )
  order by ${page.order}
  limit ${page.limit}`;
}
