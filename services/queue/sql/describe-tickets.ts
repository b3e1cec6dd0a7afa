import { statement } from '@boxoffice/runtime/database/statement';

import type { PaceRow } from '../estimate.ts';
import type { TicketRow } from '../ticket.ts';

/** A ticket with all that its owner may know, and the revision of the queue at which it stood so. */
export interface StandingRow extends TicketRow, PaceRow {
  /** How many of those before it still wait. */
  readonly ahead: bigint;
  readonly revision: bigint;
}

/**
 * Describes tickets of one queue (schedule, numbers) as they stand at one instant.
 *
 * Locks nothing. `ahead` is what lies between the ticket and the served part of the line, less those who left it: counted up
 * to the lowest ticket asked for once, and from there for each, so that a group of newcomers costs little more than one.
 * Indexes: the primary key, `tickets_left_line` (index-only), `changes_admissions`. Bound: the numbers asked for, and those
 * who left the line in front of them.
 */
export const describeTickets = statement<[bigint, readonly bigint[]], StandingRow>(
  'describe-tickets',
  `with front as materialized (
     select q.schedule_id, q.state, q.revision, q.served_through, q.admit_count, q.admit_interval_ms, lowest.number as lowest,
       (
         select count(*) from tickets l
         where l.schedule_id = q.schedule_id and l.status = 'LEFT' and l.admitted_at is null
           and l.number > q.served_through and l.number < lowest.number
       ) as left_before,
       pace.admitted, pace.seconds
     from queues q
     cross join (select min(number) as number from unnest($2::bigint[]) as asked (number)) lowest
     cross join lateral (
       select coalesce(sum(c.count), 0)::integer as admitted,
         extract(epoch from now() - min(c.changed_at))::float8 as seconds
       from changes c
       where c.schedule_id = q.schedule_id and c.kind = 'ADMITTED' and c.changed_at > now() - interval '2 minutes'
     ) pace
     where q.schedule_id = $1
   )
   select t.schedule_id, t.number, t.ticket_id, t.partner, t.member_id, t.joined_at, t.admitted_at, t.admitted_until,
     case when t.status = 'ADMITTED' and t.admitted_until <= now() then 'EXPIRED' else t.status end as status,
     case when t.status = 'ADMITTED' and t.admitted_until <= now() then t.admitted_until else t.ended_at end as ended_at,
     case when t.status = 'WAITING' then t.number - f.served_through - 1 - f.left_before - (
       select count(*) from tickets l
       where l.schedule_id = t.schedule_id and l.status = 'LEFT' and l.admitted_at is null
         and l.number >= greatest(f.lowest, f.served_through + 1) and l.number < t.number
     ) else 0 end as ahead,
     f.revision, f.state, f.admit_count, f.admit_interval_ms, f.admitted, f.seconds
   from front f
   join tickets t on t.schedule_id = f.schedule_id and t.number = any ($2::bigint[])`,
);
