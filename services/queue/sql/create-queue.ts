import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Creates a queue (schedule, policy, opening time or null for now) with the rows that are locked on its behalf. No row when
 * there is one already: whoever creates the same at this moment is waited for.
 *
 * Locks nothing else. Index: the primary key. Bound: one queue.
 */
export const createQueue = statement<
  [bigint, number, number, number, number, number, Date | null],
  { readonly schedule_id: bigint }
>(
  'create-queue',
  `with queue as (
     insert into queues (schedule_id, state, max_active, admit_count, admit_interval_ms, active_ttl_ms, presence_ttl_ms, opens_at)
     values (
       $1, case when $7::timestamptz > clock_timestamp() then 'SCHEDULED' else 'OPEN' end, $2, $3, $4, $5, $6,
       coalesce($7, date_trunc('milliseconds', clock_timestamp()))
     )
     on conflict (schedule_id) do nothing
     returning schedule_id
   ),
   tail as (
     insert into tails (schedule_id) select schedule_id from queue
   ),
   turn as (
     insert into turns (schedule_id) select schedule_id from queue
   )
   select schedule_id from queue`,
);
