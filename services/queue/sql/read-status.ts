import { statement } from '@boxoffice/runtime/database/statement';

import type { PaceRow } from '../estimate.ts';

/** How a queue stands. */
export interface StatusRow extends PaceRow {
  readonly schedule_id: bigint;
  readonly revision: bigint;
  readonly served_through: bigint;
  readonly last_number: bigint;
}

/**
 * Tells how queues stand (schedules). A queue that does not exist gives no row.
 *
 * Locks nothing. Indexes: the primary keys, `changes_admissions`. Bound: one row a queue.
 */
export const readStatus = statement<[readonly bigint[]], StatusRow>(
  'read-status',
  `select q.schedule_id, q.state, q.revision, q.served_through, q.admit_count, q.admit_interval_ms,
     pace.admitted, pace.seconds,
     (select tails.last_number from tails where tails.schedule_id = q.schedule_id) as last_number
   from queues q
   cross join lateral (
     select coalesce(sum(c.count), 0)::integer as admitted,
       extract(epoch from now() - min(c.changed_at))::float8 as seconds
     from changes c
     where c.schedule_id = q.schedule_id and c.kind = 'ADMITTED' and c.changed_at > now() - interval '2 minutes'
   ) pace
   where q.schedule_id = any ($1::bigint[])`,
);
