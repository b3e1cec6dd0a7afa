import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import { addressOf, issue, tokenOf } from '../joining.ts';
import { standingMessage } from '../standing.ts';

/** Issues a ticket, or gives the live one back. */
export const join =
  (deps: Deps): ServiceImpl<typeof QueueService>['join'] =>
  async ({ scheduleId, memberId, clientAddress }, context) => {
    const { partner } = identityOf(context);
    const joiner = { partner, memberId, address: addressOf(clientAddress) };
    const { ticket, created } = await issue(deps, scheduleId, joiner);
    const standing = await deps.standings.of(scheduleId, ticket.number);
    if (standing === undefined) throw new Error(`Ticket ${ticket.number} was joined and is not there`);
    const token = tokenOf(deps.signToken, scheduleId, joiner, ticket);
    return { token, ticket: standingMessage(standing), created };
  };
