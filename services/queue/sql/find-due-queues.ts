import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Finds queues that a tick may have something to do for (limit): an opening time has come, somebody waits in an open queue,
 * or an admitted ticket has run out. A guess that the tick checks again under the lock.
 *
 * Locks nothing. Indexes: `queues_opening`; `tickets_waiting` and `tickets_admitted`, hopping from queue to queue, so that a
 * long line costs as much as a short one. Bound: `$1` queues of each of the three.
 */
export const findDueQueues = statement<[number], { readonly schedule_id: bigint }>(
  'find-due-queues',
  `with recursive line (schedule_id, hops) as (
     select min(schedule_id), 1 from tickets where status = 'WAITING'
     union all
     select (
       select min(t.schedule_id) from tickets t where t.status = 'WAITING' and t.schedule_id > line.schedule_id
     ), hops + 1
     from line
     where line.schedule_id is not null and hops < $1
   ),
   inside (schedule_id, first_until, hops) as (
     (
       select schedule_id, admitted_until, 1 from tickets
       where status = 'ADMITTED'
       order by schedule_id, admitted_until
       limit 1
     )
     union all
     (
       select next.schedule_id, next.admitted_until, hops + 1
       from inside
       cross join lateral (
         select t.schedule_id, t.admitted_until from tickets t
         where t.status = 'ADMITTED' and t.schedule_id > inside.schedule_id
         order by t.schedule_id, t.admitted_until
         limit 1
       ) next
       where hops < $1
     )
   )
   (select schedule_id from queues where state = 'SCHEDULED' and opens_at <= clock_timestamp() limit $1)
   union
   select schedule_id from line where (select q.state from queues q where q.schedule_id = line.schedule_id) = 'OPEN'
   union
   select schedule_id from inside where first_until <= clock_timestamp()`,
);
