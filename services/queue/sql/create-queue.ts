import { statement } from '@boxoffice/runtime/database/statement';

import type { PolicyValues } from '../policy.ts';
import { queueEvent } from './queue-events.ts';

/**
 * Creates a queue (schedule, policy, opening time or null for now) with the rows that are locked on its behalf. One that
 * opens later has a lobby until then. No row when there is one already: whoever creates the same at this moment is waited
 * for.
 *
 * Locks nothing else. Index: the primary key. Bound: one queue.
 */
export const createQueue = statement<[bigint, ...PolicyValues, Date | null], { readonly schedule_id: bigint }>(
  'create-queue',
  `with opening as materialized (
     select coalesce($9::timestamptz > clock_timestamp(), false) as is_later
   ),
   queue as (
     insert into queues (
       schedule_id, state, max_active, admit_count, admit_interval_ms, active_ttl_ms, presence_ttl_ms, max_waiting,
       max_per_address, opens_at, lobby
     )
     select $1, case when is_later then 'SCHEDULED' else 'OPEN' end, $2, $3, $4, $5, $6, $7, $8,
       coalesce($9, date_trunc('milliseconds', clock_timestamp())), is_later
     from opening
     on conflict (schedule_id) do nothing
     returning *
   ),
   tail as (
     insert into tails (schedule_id, lobby) select schedule_id, lobby from queue
   ),
   turn as (
     insert into turns (schedule_id) select schedule_id from queue
   ),
   event as (${queueEvent('opened', 'queue')}
   )
   select schedule_id from queue`,
);
