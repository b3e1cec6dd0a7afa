import { reasonOf } from '@boxoffice/runtime/error';

import type { Deps } from './deps.ts';
import type { TicketMessage } from './ticket-message.ts';

/**
 * Q1: has the ticket of a finished payment ended. A ticket that the Queue does not know counts as ended: asking again would
 * not change that, and the payment is a fact.
 *
 * @throws ConnectError when the Queue does not answer in time.
 */
export async function completeTicket(deps: Deps, message: TicketMessage, timeoutMs: number): Promise<void> {
  const { schedule_id: scheduleId, ticket_number: number, ticket_id: ticketId, payment_id: paymentId } = message;
  try {
    await deps.queue.complete({ scheduleId, number, ticketId, paymentId }, { timeoutMs });
  } catch (error) {
    if (reasonOf(error) !== 'TICKET_UNKNOWN') throw error;
    deps.log.warn(
      { payment: paymentId, schedule: scheduleId, ticket: number },
      'the Queue does not know a paid ticket',
    );
  }
}
