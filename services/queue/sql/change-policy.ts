import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Sets the policy of a queue (schedule, policy): the next tick reads it.
 *
 * The caller holds the lock of the queue's row. Index: the primary key. Bound: one row.
 */
export const changePolicy = statement<[bigint, number, number, number, number, number]>(
  'change-policy',
  `update queues
   set max_active = $2, admit_count = $3, admit_interval_ms = $4, active_ttl_ms = $5, presence_ttl_ms = $6,
     policy_since = clock_timestamp()
   where schedule_id = $1`,
);
