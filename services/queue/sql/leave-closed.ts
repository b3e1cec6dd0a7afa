import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Finds closed queues in which somebody still waits (limit).
 *
 * Locks nothing. Indexes: `queues_closed`, and one probe of `tickets_waiting` for each. Bound: `$1` queues.
 */
export const findClosedQueues = statement<[number], { readonly schedule_id: bigint }>(
  'find-closed-queues',
  `select q.schedule_id from queues q
   where q.state = 'CLOSED'
     and (
       select t.number from tickets t where t.schedule_id = q.schedule_id and t.status = 'WAITING' order by t.number limit 1
     ) is not null
   limit $1`,
);

/**
 * Marks the first who wait in a closed queue as having left (schedule, limit).
 *
 * Locks those tickets; the caller holds the lock of the queue's row. Index: `tickets_waiting`. Bound: `$2` rows.
 */
export const leaveClosed = statement<[bigint, number], { readonly number: bigint }>(
  'leave-closed',
  `update tickets
   set status = 'LEFT', ended_at = clock_timestamp()
   where schedule_id = $1 and status = 'WAITING'
     and number = any (array(
       select number from tickets where schedule_id = $1 and status = 'WAITING' order by number limit $2
     ))
   returning number`,
);
