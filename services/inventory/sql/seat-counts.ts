/**
 * SQL of two joined rows that count the seats of a schedule by state: `free.open`, and of those that are held `held.over`, whose
 * hold has run out, and `held.live`. Indexes: `seats_open` and `seats_held`, counted without reading a seat where its page has
 * been vacuumed.
 *
 * @param schedule what names it in the statement: `schedules.id`.
 */
export function seatCounts(schedule: string): string {
  return `cross join lateral (
    select count(*) as open from seats where schedule_id = ${schedule} and state = 'OPEN'
  ) as free
  cross join lateral (
    select count(*) filter (where held_until <= statement_timestamp()) as over,
      count(*) filter (where held_until > statement_timestamp()) as live
    from seats where schedule_id = ${schedule} and state = 'HELD'
  ) as held`;
}
