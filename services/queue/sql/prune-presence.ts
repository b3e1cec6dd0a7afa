import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Forgets the presence of tickets that do not wait any more (limit): those that were served (of a queue that was drawn, when
 * all of its lobby were), and what nobody has renewed for longer than the longest time that matters, a day. To be run without
 * sequential scans: see `avoid-sequential-scans`.
 *
 * Locks the rows it deletes, skipping those that are being renewed. Bound: `$1` rows, of those looked at in one pass over the
 * table, which holds one small row for each waiting ticket.
 */
export const prunePresence = statement<[number]>(
  'prune-presence',
  `delete from presence
   where ctid = any (array(
     select p.ctid
     from presence p
     join queues q using (schedule_id)
     where (p.number <= q.served_through and q.served_through >= coalesce(q.drawn_count, 0))
       or q.state = 'CLOSED' or p.seen_at < clock_timestamp() - interval '1 day'
     limit $1
     for update of p skip locked
   ))`,
);

/** Forgets reporters that have been silent for two days. Bound: all of them; there is one a process. */
export const pruneReporters = statement(
  'prune-reporters',
  `delete from reporters where reported_at < clock_timestamp() - interval '2 days'`,
);
