import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Lets an admitted ticket (schedule, number, ticket id, milliseconds) live for at least so long from now. No row when it is
 * not admitted, or its time has run out.
 *
 * Locks the ticket alone: no change is written, since no position depends on it. Whoever expires tickets waits for it and
 * looks again. Index: the primary key. Bound: one row.
 */
export const extendTicket = statement<[bigint, bigint, string, number], { readonly number: bigint }>(
  'extend-ticket',
  `update tickets
   set admitted_until = greatest(admitted_until, clock_timestamp() + $4 * interval '1 millisecond')
   where schedule_id = $1 and number = $2 and ticket_id = $3
     and status in ('WAITING', 'ADMITTED') and admitted_until > clock_timestamp()
   returning number`,
);
