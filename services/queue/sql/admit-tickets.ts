import { statement } from '@boxoffice/runtime/database/statement';

/** How many were admitted, and the last of them; null when nobody was. */
export interface AdmittedRow {
  readonly count: number;
  readonly through: bigint | null;
}

/**
 * Admits the lowest waiting numbers of a queue (schedule, limit), as many as its policy leaves room for: the least of the
 * limit, of `max_active` less those who are admitted, and of `admit_count` less those who were admitted within the interval
 * that ends now. Both are counted from the tickets. A limit of 0 does not limit.
 *
 * The clock is read once, after the lock was taken, and is both the end of the interval and the time of admission: so no two
 * admissions of different ticks can be closer than the count allows, whoever ticked.
 *
 * Locks the tickets it admits; the caller holds the lock of the queue's row, and has marked the expired ones in a statement
 * before this one, so that the count is of those who are admitted at this instant. No SKIP LOCKED here: it would let the
 * second worker admit out of order. Indexes: `tickets_waiting`, `tickets_admitted` and `tickets_admissions` (index-only).
 * Bound: `$2` rows updated, `max_active` and `admit_count` entries counted.
 */
export const admitTickets = statement<[bigint, number], AdmittedRow>(
  'admit-tickets',
  `with clock as materialized (
     select clock_timestamp() as at
   ),
   room as materialized (
     select clock.at, clock.at + q.active_ttl_ms * interval '1 millisecond' as until,
       least(
         $2::bigint,
         case when q.max_active > 0 then greatest(0, q.max_active - (
           select count(*) from tickets where schedule_id = $1 and status = 'ADMITTED'
         )) end,
         case when q.admit_count > 0 then greatest(0, q.admit_count - (
           select count(*) from tickets
           where schedule_id = $1 and admitted_at > clock.at - q.admit_interval_ms * interval '1 millisecond'
         )) end
       ) as places
     from queues q cross join clock
     where q.schedule_id = $1
   ),
   admitted as (
     update tickets t
     set status = 'ADMITTED', admitted_at = room.at, admitted_until = room.until
     from room
     where t.schedule_id = $1 and t.status = 'WAITING'
       and t.number = any (array(
         select number from tickets
         where schedule_id = $1 and status = 'WAITING'
         order by number
         limit (select places from room)
       ))
     returning t.number
   )
   select count(*)::integer as count, max(number) as through from admitted`,
);
