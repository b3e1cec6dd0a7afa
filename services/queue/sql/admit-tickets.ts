import { statement } from '@boxoffice/runtime/database/statement';

import { room } from './admission-room.ts';
import { admittedEvents } from './ticket-events.ts';

/** How many were admitted, and the last of them; null when nobody was. */
export interface AdmittedRow {
  readonly count: number;
  readonly through: bigint | null;
}

/**
 * Admits the lowest waiting numbers of a queue (schedule, limit), as many as its policy leaves {@link room} for. Where a lobby
 * was drawn, all of it has been served before: places are numbers here.
 *
 * Locks the tickets it admits; the caller holds the lock of the queue's row. No SKIP LOCKED here: it would let the second
 * worker admit out of order. Indexes: `tickets_waiting` (index-only), and those of the room. Bound: `$2` rows updated.
 */
export const admitTickets = statement<[bigint, number], AdmittedRow>(
  'admit-tickets',
  `with ${room},
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
     returning t.*
   ),
   event as (${admittedEvents('admitted')}
   )
   select count(*)::integer as count, max(number) as through from admitted`,
);
