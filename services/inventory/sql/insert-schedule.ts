import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Enters a schedule. Parameters: concert, day, opening or null for now, closing or null for the end of the day in Korea,
 * hold duration in milliseconds, seats. No row: there is no such concert. A day that is over when it is entered cannot be
 * booked: its window is empty.
 */
export const insertSchedule = statement<
  [bigint, string, Date | null, Date | null, number, number],
  { id: bigint; bookable_once: boolean }
>(
  'insert-schedule',
  `insert into schedules (
    concert_id, day, booking_opens_at, booking_closes_at, hold_duration_ms, total_seats
  )
  select concerts.id, $2::date, coalesce($3, least(statement_timestamp(), closing.at)), closing.at, $5, $6
  from concerts,
    lateral (select coalesce($4, ($2::date + 1)::timestamp at time zone 'Asia/Seoul') as at) as closing
  where concerts.id = $1 and ($3::timestamptz is null or $3 < closing.at)
  returning id, booking_opens_at < booking_closes_at as bookable_once`,
);
