import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';

import type { Deps } from '../deps.ts';
import { holderOf, ticketOf } from '../holder.ts';
import { findTicket } from '../sql/find-ticket.ts';
import { isOver, ticketMessage } from '../ticket.ts';

/** Gives a ticket up. */
export const leave =
  ({ pool, endings, verifyToken, wakeUps }: Deps): ServiceImpl<typeof QueueService>['leave'] =>
  async ({ token }, context) => {
    const claims = holderOf(verifyToken, token, context);
    const { scheduleId, number } = claims;
    const ticket = ticketOf(await findTicket.maybe(pool, [scheduleId, number]), claims);
    // Leaving twice does not have to wait for the queue's lock.
    if (isOver(ticket.status)) return { ticket: ticketMessage(ticket) };
    await endings.leave(claims);
    wakeUps.mayAdmit(scheduleId);
    return { ticket: ticketMessage(await findTicket.one(pool, [scheduleId, number])) };
  };
