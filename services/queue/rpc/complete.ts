import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import { refuse } from '@boxoffice/runtime/error';

import type { Deps } from '../deps.ts';
import { findTicket } from '../sql/find-ticket.ts';
import { ticketMessage } from '../ticket.ts';

/** Ends a ticket because a payment was finished with it. */
export const complete =
  ({ pool, endings, wakeUps }: Deps): ServiceImpl<typeof QueueService>['complete'] =>
  async ({ scheduleId, number, ticketId, paymentId }) => {
    const ticket = await findTicket.maybe(pool, [scheduleId, number]);
    if (ticket?.ticket_id !== ticketId) throw refuse('TICKET_UNKNOWN', 'there is no such ticket');
    if (ticket.status === 'COMPLETED') return { ticket: ticketMessage(ticket) };
    // Nobody can have paid with it; to believe it would let a mistake of the caller's admit somebody out of turn.
    if (ticket.admitted_at === null) throw refuse('TICKET_WAITING', 'the ticket was never admitted');
    await endings.complete({ scheduleId, number, ticketId }, paymentId);
    wakeUps.mayAdmit(scheduleId);
    return { ticket: ticketMessage(await findTicket.one(pool, [scheduleId, number])) };
  };
