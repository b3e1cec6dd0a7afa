import { durationMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import { refuse } from '@boxoffice/runtime/error';

import type { Deps } from '../deps.ts';
import { extendTicket as extend } from '../sql/extend-ticket.ts';
import { findTicket } from '../sql/find-ticket.ts';
import { ticketMessage } from '../ticket.ts';

/** Keeps an admitted ticket alive while seats are held with it. */
export const extendTicket =
  ({ pool, faults }: Deps): ServiceImpl<typeof QueueService>['extendTicket'] =>
  async ({ scheduleId, number, ticketId, remaining }) => {
    const remainingMs = remaining === undefined ? 0 : Math.ceil(durationMs(remaining));
    await faults.reach('ticket/before-extension');
    const extended = await extend.maybe(pool, [scheduleId, number, ticketId, remainingMs]);
    await faults.reach('ticket/extended');
    const ticket = await findTicket.maybe(pool, [scheduleId, number]);
    if (ticket?.ticket_id !== ticketId) throw refuse('TICKET_UNKNOWN', 'there is no such ticket');
    if (extended === undefined) {
      if (ticket.status === 'WAITING') throw refuse('TICKET_WAITING', 'the ticket has not been admitted yet');
      throw refuse('TICKET_OVER', 'the ticket is over', { metadata: { status: ticket.status } });
    }
    return { ticket: ticketMessage(ticket) };
  };
