import { statement } from '@boxoffice/runtime/database/statement';
import { eventTime } from '@boxoffice/runtime/events/write-event';

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
  `with schedule as (
    insert into schedules (
      concert_id, day, booking_opens_at, booking_closes_at, hold_duration_ms, total_seats
    )
    select concerts.id, $2::date, coalesce($3, least(statement_timestamp(), closing.at)), closing.at, $5, $6
    from concerts,
      lateral (select coalesce($4, ($2::date + 1)::timestamp at time zone 'Asia/Seoul') as at) as closing
    where concerts.id = $1 and ($3::timestamptz is null or $3 < closing.at)
    returning *
  ), event as (
    insert into outbox (type, subject, data)
    select 'boxoffice.inventory.schedule.created.v1', 'schedules/' || id,
      jsonb_build_object(
        'scheduleId', id, 'concertId', concert_id, 'date', day, 'totalSeats', total_seats,
        'bookingOpensAt', ${eventTime('booking_opens_at')}, 'bookingClosesAt', ${eventTime('booking_closes_at')}
      )
    from schedule
  )
  select id, booking_opens_at < booking_closes_at as bookable_once from schedule`,
);
