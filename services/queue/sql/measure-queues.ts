import { statement } from '@boxoffice/runtime/database/statement';

/** How a queue stands, for who operates it. */
export interface MeasuredQueue {
  readonly schedule_id: bigint;
  /** Neither paused nor still to open. */
  readonly is_open: boolean;
  readonly waiting: bigint;
  readonly admitted: bigint;
  /** Since the first of those who wait has joined, or since the opening; 0 when nobody waits. */
  readonly oldest_waiting_seconds: number;
  readonly max_active: number;
  /** In all queues that were looked at. */
  readonly waiting_in_all: bigint;
}

/**
 * Measures the queues that are not closed (how many to look at in each state, how many to tell of), those in which most wait
 * first. Of more than are looked at, the newest are.
 *
 * Locks nothing. Who waits is a subtraction, see `describe-queues`. Indexes: `queues_state` (index-only), the primary keys;
 * for those that are told of `tickets_waiting`, one probe each, and `tickets_admitted` (index-only). Bound: `$1` rows a
 * state, `$2` probes, and the tickets that are admitted to those queues.
 */
export const measureQueues = statement<[number, number], MeasuredQueue>(
  'measure-queues',
  `with looked_at as materialized (
     select q.schedule_id, q.state = 'OPEN' as is_open, q.opens_at, q.max_active, tails.last_number - q.admitted_total - q.left_total as waiting
     from unnest('{OPEN,PAUSED,SCHEDULED}'::text[]) as wanted (state)
     cross join lateral (
       select schedule_id from queues where queues.state = wanted.state order by schedule_id desc limit $1
     ) newest
     cross join lateral (select * from queues where queues.schedule_id = newest.schedule_id limit 1) q
     cross join lateral (select last_number from tails where tails.schedule_id = newest.schedule_id limit 1) tails
   ),
   told as materialized (
     select *, (select coalesce(sum(waiting), 0)::bigint from looked_at) as waiting_in_all from looked_at
     order by waiting desc, schedule_id desc
     limit $2
   )
   select told.schedule_id, told.is_open, told.waiting, told.max_active, told.waiting_in_all,
     (
       select count(*) from tickets t
       where t.schedule_id = told.schedule_id and t.status = 'ADMITTED' and t.admitted_until > now()
     ) as admitted,
     case when told.waiting > 0 then greatest(0, extract(epoch from clock_timestamp() - greatest(told.opens_at, (
       select t.joined_at from tickets t
       where t.schedule_id = told.schedule_id and t.status = 'WAITING'
       order by t.number
       limit 1
     )))) else 0 end::float8 as oldest_waiting_seconds
   from told`,
);
