import { statement } from '@boxoffice/runtime/database/statement';

import type { PolicyValues } from '../policy.ts';
import { queueEvent } from './queue-events.ts';

/**
 * Sets the policy of a queue (schedule, policy): the next tick reads it.
 *
 * The caller holds the lock of the queue's row. Index: the primary key. Bound: one row.
 */
export const changePolicy = statement<[bigint, ...PolicyValues]>(
  'change-policy',
  `with queue as (
     update queues
     set max_active = $2, admit_count = $3, admit_interval_ms = $4, active_ttl_ms = $5, presence_ttl_ms = $6,
       max_waiting = $7, max_per_address = $8, policy_since = clock_timestamp()
     where schedule_id = $1
     returning *
   )${queueEvent('policy_changed', 'queue')}`,
);
