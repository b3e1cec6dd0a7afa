import { statement } from '@boxoffice/runtime/database/statement';

import type { TicketStatusName } from '../ticket.ts';

/** What a ticket was before it was ended, and what it is now. */
export interface EndedRow {
  readonly was: TicketStatusName;
  readonly status: TicketStatusName;
}

/**
 * Gives up a live ticket (schedule, number, ticket id); one whose time had run out becomes expired instead. No row when it
 * is over already.
 *
 * Locks the ticket; the caller holds the lock of the queue's row. Index: the primary key. Bound: one row.
 */
export const leaveTicket = statement<[bigint, bigint, string], EndedRow>(
  'leave-ticket',
  `update tickets
   set status = case when admitted_until <= clock_timestamp() then 'EXPIRED' else 'LEFT' end, ended_at = clock_timestamp()
   where schedule_id = $1 and number = $2 and ticket_id = $3 and status in ('WAITING', 'ADMITTED')
   returning old.status as was, new.status as status`,
);

/**
 * Completes a ticket (schedule, number, ticket id, payment): one that was admitted, whether or not it is over by now. No row
 * when it is completed already, or never was admitted.
 *
 * Locks the ticket; the caller holds the lock of the queue's row. Index: the primary key. Bound: one row.
 */
export const completeTicket = statement<[bigint, bigint, string, bigint], EndedRow>(
  'complete-ticket',
  `update tickets
   set status = 'COMPLETED', payment_id = $4, ended_at = coalesce(ended_at, clock_timestamp())
   where schedule_id = $1 and number = $2 and ticket_id = $3 and admitted_at is not null and status <> 'COMPLETED'
   returning old.status as was, new.status as status`,
);
