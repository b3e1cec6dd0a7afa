import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import { refuse } from '@boxoffice/runtime/error';

import type { Deps } from '../deps.ts';
import { holderOf, ticketOf } from '../holder.ts';
import { findTicket } from '../sql/find-ticket.ts';
import { ticketMessage } from '../ticket.ts';

/** Checks that a token opens the door of a schedule: one read by the primary key. */
export const verify =
  ({ pool, verifyToken }: Deps): ServiceImpl<typeof QueueService>['verify'] =>
  async ({ token, scheduleId }, context) => {
    const claims = holderOf(verifyToken, token, context);
    if (claims.scheduleId !== scheduleId) {
      throw refuse('TOKEN_OF_ANOTHER_SCHEDULE', `the token is for schedule ${claims.scheduleId}`);
    }
    const ticket = ticketOf(await findTicket.maybe(pool, [scheduleId, claims.number]), claims);
    switch (ticket.status) {
      case 'ADMITTED':
        return { ticket: ticketMessage(ticket) };
      case 'WAITING':
        throw refuse('TICKET_WAITING', 'the ticket has not been admitted yet');
      case 'COMPLETED':
      case 'EXPIRED':
      case 'LEFT':
        throw refuse('TICKET_OVER', 'the ticket is over', { metadata: { status: ticket.status } });
    }
  };
