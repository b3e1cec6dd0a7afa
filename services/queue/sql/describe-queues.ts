import { statement } from '@boxoffice/runtime/database/statement';

import type { PolicyRow } from '../policy.ts';
import type { QueueStateName } from '../queue-state.ts';

/** A queue with its live numbers. */
export interface QueueRow extends PolicyRow {
  readonly schedule_id: bigint;
  readonly state: QueueStateName;
  readonly opens_at: Date;
  readonly created_at: Date;
  readonly waiting: bigint;
  readonly admitted: bigint;
  readonly admitted_total: bigint;
  readonly issued_total: bigint;
}

/**
 * Describes a page of queues in the order of their schedules (first schedule, last schedule, limit).
 *
 * Locks nothing. Who waits is what lies behind the served part of the line, less those who left it. Indexes: the primary
 * keys, `tickets_left_line` and `tickets_admitted` (index-only). Bound: `$3` queues, and of each those who are admitted and
 * those who left its line.
 */
export const describeQueues = statement<[bigint, bigint, number], QueueRow>(
  'describe-queues',
  `select q.schedule_id, q.state, q.opens_at, q.created_at, q.max_active, q.admit_count, q.admit_interval_ms, q.active_ttl_ms,
     q.presence_ttl_ms, q.admitted_total, tails.last_number as issued_total,
     tails.last_number - q.served_through - (
       select count(*) from tickets t
       where t.schedule_id = q.schedule_id and t.number > q.served_through and t.status = 'LEFT' and t.admitted_at is null
     ) as waiting,
     (
       select count(*) from tickets t
       where t.schedule_id = q.schedule_id and t.status = 'ADMITTED' and t.admitted_until > now()
     ) as admitted
   from queues q join tails using (schedule_id)
   where q.schedule_id between $1 and $2
   order by q.schedule_id
   limit $3`,
);
