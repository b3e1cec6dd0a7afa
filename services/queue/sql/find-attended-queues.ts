import { statement } from '@boxoffice/runtime/database/statement';

/** A queue whose waiting members have to show themselves. */
export interface AttendedQueue {
  readonly schedule_id: bigint;
  readonly presence_ttl_ms: number;
}

/**
 * Finds the queues in which somebody waits and presence matters (limit).
 *
 * Locks nothing. Index: `tickets_waiting`, hopping from queue to queue. Bound: `$1` queues.
 */
export const findAttendedQueues = statement<[number], AttendedQueue>(
  'find-attended-queues',
  `with recursive line (schedule_id, hops) as (
     select min(schedule_id), 1 from tickets where status = 'WAITING'
     union all
     select (
       select min(t.schedule_id) from tickets t where t.status = 'WAITING' and t.schedule_id > line.schedule_id
     ), hops + 1
     from line
     where line.schedule_id is not null and hops < $1
   )
   select q.schedule_id, q.presence_ttl_ms
   from line
   cross join lateral (select * from queues q where q.schedule_id = line.schedule_id limit 1) q
   where q.presence_ttl_ms > 0 and q.state <> 'CLOSED'`,
);
