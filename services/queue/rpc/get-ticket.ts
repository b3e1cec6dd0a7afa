import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';

import type { Deps } from '../deps.ts';
import { holderOf, ticketOf } from '../holder.ts';
import { standingMessage } from '../standing.ts';

/** Tells how a ticket stands. Whoever asks is present. */
export const getTicket =
  ({ standings, verifyToken, presence }: Deps): ServiceImpl<typeof QueueService>['getTicket'] =>
  async ({ token }, context) => {
    const claims = holderOf(verifyToken, token, context);
    const ticket = ticketOf(await standings.of(claims.scheduleId, claims.number), claims);
    if (ticket.status === 'WAITING') presence.seen(claims);
    return { ticket: standingMessage(ticket) };
  };
