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
  /** How its lobby was drawn; nulls where it was not. */
  readonly seed: Uint8Array | null;
  readonly drawn_count: bigint | null;
  readonly drawn_at: Date | null;
}

/**
 * Describes a page of queues in the order of their schedules (first schedule, last schedule, limit).
 *
 * Locks nothing. Who waits is who got a ticket, less those who were admitted and those who left the line. Indexes: the primary
 * keys, `tickets_admitted` (index-only). Bound: `$3` queues, and of each those who are admitted.
 */
export const describeQueues = statement<[bigint, bigint, number], QueueRow>(
  'describe-queues',
  `${describe('queues q')}
   where q.schedule_id between $1 and $2
   order by q.schedule_id
   limit $3`,
);

/**
 * Describes a page of the queues in some states (first schedule, limit, states).
 *
 * Locks nothing. A page of each state is read from `queues_state`, which has them in order, and the first of all are
 * described as above. Bound: `$2` queues of each state.
 */
export const describeQueuesInStates = statement<[bigint, number, readonly QueueStateName[]], QueueRow>(
  'describe-queues-in-states',
  `with page as materialized (
     select queue.schedule_id
     from unnest($3::text[]) as wanted (state)
     cross join lateral (
       select schedule_id from queues
       where queues.state = wanted.state and schedule_id >= $1
       order by schedule_id
       limit $2
     ) queue
     order by 1
     limit $2
   )
   ${describe('page join queues q using (schedule_id)')}
   order by q.schedule_id`,
);

function describe(from: string): string {
  return `select q.schedule_id, q.state, q.opens_at, q.created_at, q.max_active, q.admit_count, q.admit_interval_ms, q.active_ttl_ms,
     q.presence_ttl_ms, q.max_waiting, q.max_per_address, q.admitted_total, tails.last_number as issued_total,
     tails.last_number - q.admitted_total - q.left_total as waiting,
     q.drawn_count, draw.seed, draw.drawn_at,
     (
       select count(*) from tickets t
       where t.schedule_id = q.schedule_id and t.status = 'ADMITTED' and t.admitted_until > now()
     ) as admitted
   from ${from}
   join tails using (schedule_id)
   left join lateral (
     select d.seed, d.drawn_at from draws d where d.schedule_id = q.schedule_id limit 1
   ) draw on q.drawn_count is not null`;
}
