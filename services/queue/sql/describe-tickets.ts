import { statement } from '@boxoffice/runtime/database/statement';

import type { PaceRow } from '../estimate.ts';
import type { TicketRow } from '../ticket.ts';
import { observedPace, paceColumns } from './observed-pace.ts';

/** A ticket with all that its owner may know, and the revision of the queue at which it stood so. */
export interface StandingRow extends TicketRow, PaceRow {
  /** How many of those before it still wait; 0 in a lobby. */
  readonly ahead: bigint;
  readonly revision: bigint;
  /** Its queue has a lobby that has not been drawn: nobody has a place. */
  readonly lobby: boolean;
  readonly opens_at: Date;
}

/** `ahead` is null when the place of a waiting ticket was drawn, and was not given. */
export type DescribedRow = Omit<StandingRow, 'ahead'> & { readonly ahead: bigint | null };

/**
 * Describes tickets of one queue (schedule, numbers, the places that were drawn for them or nulls) as they stand at one
 * instant. See `read-standings.ts`, which knows the places.
 *
 * Locks nothing. `ahead` is what lies between the ticket and the served part of the line, less those who left it: counted up
 * to the lowest place asked for once, and from there for each, so that a group of newcomers costs little more than one.
 * Indexes: the primary key, `tickets_left_line` (index-only), `changes_admissions`. Bound: the numbers asked for, and those
 * who left the line in front of them.
 */
export const describeTickets = statement<[bigint, readonly bigint[], readonly (bigint | null)[]], DescribedRow>(
  'describe-tickets',
  `with asked as materialized (
     select t.*
     from unnest($2::bigint[], $3::bigint[]) as given (number, place)
     cross join lateral (
       select t.schedule_id, t.number, coalesce(t.place, given.place) as place, t.ticket_id, t.partner, t.member_id,
         t.joined_at, t.admitted_at, t.admitted_until, t.ended_at, t.status
       from tickets t
       where t.schedule_id = $1 and t.number = given.number
       limit 1
     ) t
   ),
   front as materialized (
     select q.schedule_id, q.lobby, q.opens_at, q.revision, q.served_through, lowest.place as lowest,
       (
         select count(*) from tickets l
         where l.schedule_id = q.schedule_id and l.status = 'LEFT' and l.admitted_at is null
           and l.place > q.served_through and l.place < lowest.place
       ) as left_before,
       ${paceColumns}
     from queues q
     cross join (select min(place) as place from asked where status = 'WAITING') lowest
     cross join ${observedPace}
     where q.schedule_id = $1
   )
   select t.schedule_id, t.number, t.ticket_id, t.partner, t.member_id, t.joined_at, t.admitted_at, t.admitted_until,
     case when not f.lobby then t.place end as place,
     case when t.status = 'ADMITTED' and t.admitted_until <= now() then 'EXPIRED' else t.status end as status,
     case when t.status = 'ADMITTED' and t.admitted_until <= now() then t.admitted_until else t.ended_at end as ended_at,
     case when t.status = 'WAITING' and not f.lobby then t.place - f.served_through - 1 - f.left_before - (
       select count(*) from tickets l
       where l.schedule_id = t.schedule_id and l.status = 'LEFT' and l.admitted_at is null
         and l.place >= greatest(f.lowest, f.served_through + 1) and l.place < t.place
     ) else 0 end as ahead,
     f.revision, f.lobby, f.opens_at, f.state, f.max_active, f.admit_count, f.admit_interval_ms, f.admitted_total,
     f.seconds, f.admitted, f.squares
   from front f
   join asked t on t.schedule_id = f.schedule_id`,
);
