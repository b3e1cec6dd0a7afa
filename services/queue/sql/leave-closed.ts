import { statement } from '@boxoffice/runtime/database/statement';

import { given } from './given.ts';
import { ticketEvents } from './ticket-events.ts';

/** A ticket that left while it waited. */
export interface LeftRow {
  /** Its place in line; its number where it left a lobby that was not drawn. */
  readonly place: bigint;
}

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
 * Finds the lowest numbers that wait in a queue (schedule, limit).
 *
 * Locks nothing. Index: `tickets_waiting` (index-only). Bound: `$2` rows.
 */
export const findWaiting = statement<[bigint, number], { readonly number: bigint }>(
  'find-waiting',
  `select number from tickets where schedule_id = $1 and status = 'WAITING' order by number limit $2`,
);

/**
 * Marks tickets that wait in a closed queue as having left (schedule, numbers ascending, their places or nulls in a lobby).
 *
 * Locks those tickets; the caller holds the lock of the queue's row. Index: `tickets_waiting`. Bound: the numbers given.
 */
export const leaveClosed = statement<[bigint, readonly bigint[], readonly (bigint | null)[]], LeftRow>(
  'leave-closed',
  `with ended as (
     update tickets t
     set status = 'LEFT', ended_at = clock_timestamp(), address = null, place = coalesce(t.place, ${given('$3', 'bigint')})
     where t.schedule_id = $1 and t.number = any ($2::bigint[]) and t.status = 'WAITING'
     returning t.*
   ),
   event as (${ticketEvents('ended')}
   )
   select coalesce(place, number) as place from ended`,
);
