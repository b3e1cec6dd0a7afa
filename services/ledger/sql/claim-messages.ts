import { statement } from '@boxoffice/runtime/database/statement';

import type { TicketMessage } from '../ticket-message.ts';

/** A message taken to be delivered. */
export interface ClaimedMessage extends TicketMessage {
  readonly attempts: number;
}

/** In seconds: the first pause after a try that may have failed, which doubles, and the longest. */
const pauseSeconds = { first: 1, max: 8 };

/**
 * Takes messages that are due, the longest first, until their next try: the pause before it is also the lease of this one.
 * Any number of relays: rows that another is claiming are skipped.
 *
 * Locks messages alone, and commits at once. By `ticket_messages_due`, which holds only what is not delivered. Bound: `$1` rows.
 */
export const claimMessages = statement<[limit: number], ClaimedMessage>(
  'claim-messages',
  `update ticket_messages
   set attempts = attempts + 1,
     next_attempt_at = clock_timestamp()
       + make_interval(secs => least(${pauseSeconds.first} * power(2, least(attempts, 10)), ${pauseSeconds.max}))
   where id = any(array(
     select id from ticket_messages
     where delivered_at is null and next_attempt_at <= now()
     order by next_attempt_at
     limit $1
     for no key update skip locked
   ))
   returning id as message_id, (payload->>'paymentId')::bigint as payment_id, (payload->>'scheduleId')::bigint as schedule_id,
     (payload->>'ticketNumber')::bigint as ticket_number, payload->>'ticketId' as ticket_id, attempts`,
);

/** Notes messages as delivered, whoever delivered them; again is the same. By the primary key. Returns how many were new. */
export const markDelivered = statement<[messages: readonly bigint[]]>(
  'mark-delivered',
  `update ticket_messages set delivered_at = clock_timestamp() where id = any($1::bigint[]) and delivered_at is null`,
);

/** Gives back messages that were taken and not tried: the next relay takes them at once. By the primary key. */
export const releaseMessages = statement<[messages: readonly bigint[]]>(
  'release-messages',
  `update ticket_messages set attempts = attempts - 1, next_attempt_at = clock_timestamp()
   where id = any($1::bigint[]) and delivered_at is null`,
);
