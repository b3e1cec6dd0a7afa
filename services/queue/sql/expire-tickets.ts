import { statement } from '@boxoffice/runtime/database/statement';

import { ticketEvents } from './ticket-events.ts';

/**
 * Marks admitted tickets of a queue (schedule, limit) whose time has run out as expired, oldest first.
 *
 * Locks those tickets; the caller holds the lock of the queue's row. A ticket that is extended at this moment is looked at
 * again when the extension is committed, and stays. Indexes: `tickets_admitted`, the
 * primary key. Bound: `$2` rows.
 */
export const expireTickets = statement<[bigint, number], { readonly number: bigint }>(
  'expire-tickets',
  `with clock as materialized (
     select clock_timestamp() as at
   ),
   due as materialized (
     select number, (select at from clock) as at from tickets
     where schedule_id = $1 and status = 'ADMITTED' and admitted_until <= (select at from clock)
     order by admitted_until
     limit $2
   ),
   ended as (
     update tickets t
     set status = 'EXPIRED', ended_at = due.at, address = null
     from due
     where t.schedule_id = $1 and t.number = due.number and t.status in ('WAITING', 'ADMITTED')
       and t.admitted_until <= due.at
     returning t.*
   ),
   event as (${ticketEvents('ended')}
   )
   select number from ended`,
);
