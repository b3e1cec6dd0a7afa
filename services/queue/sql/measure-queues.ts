import { statement } from '@boxoffice/runtime/database/statement';

/** How a queue stands that is open or paused. */
export interface MeasuredQueue {
  readonly schedule_id: bigint;
  readonly waiting: number;
  /** In all such queues together. */
  readonly waiting_in_all: number;
  readonly admitted: number;
  readonly max_active: number;
  /** Since the first of those who wait has joined; null when nobody waits. */
  readonly oldest_seconds: number | null;
}

/**
 * Measures the queues where most wait (how many queues at most).
 *
 * Locks nothing. Who waits is a subtraction. Indexes: `queues_state`, the primary keys; of the queues that are given
 * `tickets_admitted` (index-only) and the first row of `tickets_waiting`. Bound: all open queues, a row each; of those that are
 * given, who is admitted.
 */
export const measureQueues = statement<[number], MeasuredQueue>(
  'measure-queues',
  `with most as materialized (
     select q.schedule_id, q.max_active, (tails.last_number - q.admitted_total - q.left_total)::float8 as waiting,
       sum((tails.last_number - q.admitted_total - q.left_total)::float8) over () as waiting_in_all
     from queues q join tails using (schedule_id)
     where q.state in ('OPEN', 'PAUSED')
     order by waiting desc, q.schedule_id
     limit $1
   )
   select most.*,
     (
       select count(*)::float8 from tickets t
       where t.schedule_id = most.schedule_id and t.status = 'ADMITTED' and t.admitted_until > now()
     ) as admitted,
     (
       select extract(epoch from clock_timestamp() - t.joined_at)::float8 from tickets t
       where t.schedule_id = most.schedule_id and t.status = 'WAITING'
       order by t.number
       limit 1
     ) as oldest_seconds
   from most`,
);
