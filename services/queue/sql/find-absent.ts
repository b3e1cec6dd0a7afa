import { statement } from '@boxoffice/runtime/database/statement';

import { given } from './given.ts';
import type { LeftRow } from './leave-closed.ts';
import { ticketEvents } from './ticket-events.ts';

/** A stretch of a line that was looked at. */
export interface AbsentRow {
  /** The last number looked at; null when there was none left. */
  readonly through: bigint | null;
  /** Those who have not been seen. */
  readonly numbers: readonly bigint[];
}

const unseen = (ttl: string): string =>
  `greatest(t.joined_at, p.seen_at) <= clock_timestamp() - ${ttl} * interval '1 millisecond'`;

/**
 * Looks along a line for waiting tickets that nobody has seen for a time (schedule, after number, how many to look at, time
 * in ms, channels that are known, partner in front). A ticket that has just joined counts as seen then.
 *
 * Locks nothing: who was found is looked at again under the lock. Indexes: `tickets_waiting`, the primary key of `presence`.
 * Bound: `$3` rows.
 */
export const findAbsent = statement<[bigint, bigint, number, number, readonly string[], string], AbsentRow>(
  'find-absent',
  `with looked_at as materialized (
     select t.number, t.joined_at, t.partner from tickets t
     where t.schedule_id = $1 and t.number > $2 and t.status = 'WAITING'
     order by t.number
     limit $3
   )
   select max(t.number) as through,
     coalesce(array_agg(t.number order by t.number) filter (
       where ${unseen('$4')} and case when t.partner = $6 then 'front' else 'direct' end = any ($5::text[])
     ), '{}') as numbers
   from looked_at t
   left join presence p on p.schedule_id = $1 and p.number = t.number`,
);

/**
 * Marks waiting tickets that still have not been seen as having left (schedule, numbers ascending, their places or nulls
 * in a lobby, time in ms).
 *
 * Locks those tickets; the caller holds the lock of the queue's row. Indexes: `tickets_waiting`, the primary key of
 * `presence`. Bound: the numbers given.
 */
export const leaveAbsent = statement<[bigint, readonly bigint[], readonly (bigint | null)[], number], LeftRow>(
  'leave-absent',
  `with ended as (
     update tickets t
     set status = 'LEFT', ended_at = clock_timestamp(), address = null, place = coalesce(t.place, ${given('$3', 'bigint')})
     where t.schedule_id = $1 and t.number = any ($2::bigint[]) and t.status = 'WAITING'
       and not exists (
         select from presence p
         where p.schedule_id = t.schedule_id and p.number = t.number
           and p.seen_at > clock_timestamp() - $4 * interval '1 millisecond'
       )
     returning t.*
   ),
   event as (${ticketEvents('ended')}
   )
   select coalesce(place, number) as place from ended`,
);
