import { statement } from '@boxoffice/runtime/database/statement';

import type { TicketRow } from '../ticket.ts';

/**
 * Reads one ticket (schedule, number): the queue check of every protected call. A ticket whose time has run out counts as
 * expired from that instant on, whether or not a worker has marked it.
 *
 * Locks nothing. Index: the primary key. Bound: one row.
 */
export const findTicket = statement<[bigint, bigint], TicketRow>(
  'find-ticket',
  `select schedule_id, number, place, ticket_id, partner, member_id, joined_at, admitted_at, admitted_until,
     case when status = 'ADMITTED' and admitted_until <= now() then 'EXPIRED' else status end as status,
     case when status = 'ADMITTED' and admitted_until <= now() then admitted_until else ended_at end as ended_at
   from tickets
   where schedule_id = $1 and number = $2`,
);
