import { statement } from '@boxoffice/runtime/database/statement';

import type { QueueStateName } from '../queue-state.ts';
import type { DrawRow } from './read-draw.ts';

/** A row of the change log. */
export type ChangeRow = {
  readonly schedule_id: bigint;
  readonly revision: bigint;
  readonly changed_at: Date;
} & (
  | { readonly kind: 'ADMITTED'; readonly through: bigint; readonly count: number }
  | { readonly kind: 'LEFT' | 'ENDED'; readonly numbers: readonly bigint[] }
  | { readonly kind: 'STATE'; readonly state: QueueStateName }
  | ({ readonly kind: 'DRAWN' } & DrawRow)
);

/**
 * Reads the next changes of many queues at once (schedules and the last revisions known, pairwise; how many of each queue).
 *
 * Locks nothing. Indexes: the primary keys. Bound: `$3` rows a queue.
 */
export const readChanges = statement<[readonly bigint[], readonly bigint[], number], ChangeRow>(
  'read-changes',
  `select c.schedule_id, c.revision, c.changed_at, c.kind, c.through, c.count, c.numbers, c.state,
     draw.seed, draw.drawn_count, draw.drawn_at
   from unnest($1::bigint[], $2::bigint[]) as known (schedule_id, revision)
   cross join lateral (
     select * from changes c
     where c.schedule_id = known.schedule_id and c.revision > known.revision
     order by c.revision
     limit $3
   ) c
   left join lateral (
     select d.seed, d.count as drawn_count, d.drawn_at from draws d where d.schedule_id = known.schedule_id limit 1
   ) draw on c.kind = 'DRAWN'
   order by c.schedule_id, c.revision`,
);

/**
 * Forgets changes that are older than a time (in ms, limit), oldest first. To be run without sequential scans: see
 * `avoid-sequential-scans`.
 *
 * Locks the rows it deletes; rows that another worker deletes are left to it. Index: `changes_age`. Bound: `$2` rows.
 */
export const pruneChanges = statement<[number, number]>(
  'prune-changes',
  `delete from changes
   where ctid = any (array(
     select ctid from changes
     where changed_at < (select clock_timestamp() - $1 * interval '1 millisecond')
     order by changed_at
     limit $2
     for update skip locked
   ))`,
);
