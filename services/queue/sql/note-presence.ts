import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Notes that waiting tickets have been seen (schedules and numbers, pairwise). What does not wait is not noted.
 *
 * Locks the rows of `presence` that it renews, in the order of their key: two reporters never wait for each other in a
 * circle. Indexes: the primary keys of `tickets` and `presence`. Bound: the pairs of one report.
 */
export const notePresence = statement<[readonly bigint[], readonly bigint[]]>(
  'note-presence',
  `insert into presence (schedule_id, number, seen_at)
   select distinct seen.schedule_id, seen.number, clock_timestamp()
   from unnest($1::bigint[], $2::bigint[]) as seen (schedule_id, number)
   where (
     select t.status from tickets t where t.schedule_id = seen.schedule_id and t.number = seen.number
   ) = 'WAITING'
   order by seen.schedule_id, seen.number
   on conflict (schedule_id, number) do update set seen_at = excluded.seen_at`,
);

/**
 * Notes that a reporter lives (id, channel, longest silence in ms, where its report was stored if not in `presence`). One
 * that was silent for longer starts anew: what its members did in the meantime is unknown.
 *
 * Locks the reporter's row. Index: the primary key. Bound: one row.
 */
export const noteReporter = statement<[string, 'front' | 'direct', number, string | null]>(
  'note-reporter',
  `insert into reporters as r (reporter_id, channel, alive_since, reported_at, elsewhere, elsewhere_at)
   values ($1, $2, clock_timestamp(), clock_timestamp(), $4::text, case when $4::text is not null then clock_timestamp() end)
   on conflict (reporter_id) do update set
     channel = excluded.channel,
     reported_at = excluded.reported_at,
     alive_since = case when r.reported_at < excluded.reported_at - $3 * interval '1 millisecond'
       then excluded.reported_at else r.alive_since end,
     gap_ended_at = case when r.reported_at < excluded.reported_at - $3 * interval '1 millisecond'
       then excluded.reported_at else r.gap_ended_at end,
     elsewhere = coalesce(excluded.elsewhere, r.elsewhere),
     elsewhere_at = coalesce(excluded.elsewhere_at, r.elsewhere_at),
     elsewhere_before_at = case when excluded.elsewhere <> r.elsewhere
       then r.elsewhere_at else r.elsewhere_before_at end`,
);
