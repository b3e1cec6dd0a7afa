import { statement } from '@boxoffice/runtime/database/statement';

import type { TicketStatusName } from '../ticket.ts';
import { given } from './given.ts';
import { completedEvents, ticketEvents } from './ticket-events.ts';

/** What a ticket was before it was ended. */
export interface EndedRow {
  readonly number: bigint;
  readonly was: TicketStatusName;
  /** Its place in line; its number where it left a lobby that was not drawn. */
  readonly place: bigint;
}

type Numbers = readonly bigint[];
type TicketIds = readonly string[];

/**
 * Gives up live tickets (schedule, numbers ascending, their places or nulls in a lobby, their ids); one whose time had run out
 * becomes expired instead. No row for what is over already.
 *
 * Locks the tickets; the caller holds the lock of the queue's row. Index: the primary key. Bound: the numbers given.
 */
export const leaveTickets = statement<[bigint, Numbers, places: readonly (bigint | null)[], TicketIds], EndedRow>(
  'leave-tickets',
  `with ended as (
     update tickets t
     set status = case when t.admitted_until <= clock_timestamp() then 'EXPIRED' else 'LEFT' end,
       ended_at = clock_timestamp(), address = null, place = coalesce(t.place, ${given('$3', 'bigint')})
     where t.schedule_id = $1 and t.number = any ($2::bigint[]) and t.ticket_id = ${given('$4', 'uuid')}
       and t.status in ('WAITING', 'ADMITTED')
     returning t.*, old.status as was
   ),
   event as (${ticketEvents('ended')}
   )
   select number, was, coalesce(place, number) as place from ended`,
);

/**
 * Completes tickets (schedule, numbers ascending, their payments, their ids): those that were admitted, whether or not they are
 * over by now. No row for what is completed already, or never was admitted.
 *
 * Locks the tickets; the caller holds the lock of the queue's row. Index: the primary key. Bound: the numbers given.
 */
export const completeTickets = statement<[bigint, Numbers, payments: readonly bigint[], TicketIds], EndedRow>(
  'complete-tickets',
  `with ended as (
     update tickets t
     set status = 'COMPLETED', payment_id = ${given('$3', 'bigint')}, ended_at = coalesce(t.ended_at, clock_timestamp()),
       address = null
     where t.schedule_id = $1 and t.number = any ($2::bigint[]) and t.ticket_id = ${given('$4', 'uuid')}
       and t.admitted_at is not null and t.status <> 'COMPLETED'
     returning t.*, old.status as was
   ),
   event as (${completedEvents('ended')}
   )
   select number, was, place from ended`,
);
