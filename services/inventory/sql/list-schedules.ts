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

/**
 * Lists the schedules of a concert by day, those that can be booked now or all. Parameters: concert, the day and the id after
 * which to begin, the last day, whether also those that cannot be booked, limit. Index: `schedules_of_concert`. Bound: the
 * limit, and what cannot be booked before it.
 */
export const listSchedulesOfConcert = statement<
  [concertId: bigint, afterDay: string, afterId: bigint, lastDay: string, all: boolean, limit: number],
  ScheduleRow
>('list-schedules-of-concert', pageSql('concert_id = $1 and (day, id) > ($2, $3) and day <= $4', '$5', '$6'));

/**
 * Lists the schedules of all concerts on a day by id, those that can be booked now or all. Parameters: day, the id after which
 * to begin, whether also those that cannot be booked, limit. Index: `schedules_of_day`. Bound as above.
 */
export const listSchedulesOfDay = statement<[day: string, afterId: bigint, all: boolean, limit: number], ScheduleRow>(
  'list-schedules-of-day',
  pageSql('day = $1 and id > $2', '$3', '$4'),
);

/** The concerts' names one by one: for a join, all concerts may look like few. */
function pageSql(where: string, all: string, limit: string): string {
  return `select id, concert_id, (select name from concerts where concerts.id = concert_id) as concert_name, day, state,
    booking_opens_at, booking_closes_at, hold_duration_ms, total_seats, currency_code
  from schedules
  where ${where}
    and (
      ${all} or state = 'ON_SALE'
        and booking_opens_at <= statement_timestamp() and booking_closes_at > statement_timestamp()
    )
  order by day, id
  limit ${limit}`;
}
