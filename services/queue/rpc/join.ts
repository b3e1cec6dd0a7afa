import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueService } from '@boxoffice/proto/queue';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import { leave } from '../ending.ts';
import type { Joiner } from '../join-batch.ts';
import type { StandingRow } from '../sql/describe-tickets.ts';
import { standingMessage } from '../standing.ts';

/** Issues a ticket, or gives the live one back. */
export const join =
  (deps: Deps): ServiceImpl<typeof QueueService>['join'] =>
  async ({ scheduleId, memberId }, context) => {
    const { partner } = identityOf(context);
    const { ticket, created } = await joinOnce(deps, scheduleId, { partner, memberId });
    const token = deps.signToken({
      partner,
      memberId,
      scheduleId,
      number: ticket.number,
      ticketId: ticket.ticket_id,
      issuedAt: ticket.joined_at,
    });
    return { token, ticket: standingMessage(ticket), created };
  };

/** Two tries: between the end of a lapsed ticket and the next try, nothing but another join of the member can come. */
async function joinOnce(
  { joins, pool }: Pick<Deps, 'joins' | 'pool'>,
  scheduleId: bigint,
  joiner: Joiner,
  lastTry = false,
): Promise<{ ticket: StandingRow; created: boolean }> {
  const joined = await joins.join(scheduleId, joiner);
  switch (joined.outcome) {
    case 'unknown':
      throw refuse('QUEUE_UNKNOWN', `schedule ${scheduleId} has no queue`);
    case 'closed':
      throw refuse('QUEUE_CLOSED', `the queue of schedule ${scheduleId} is closed`);
    case 'joined':
    case 'found':
      return { ticket: joined.ticket, created: joined.outcome === 'joined' };
    case 'lapsed': {
      if (lastTry) throw refuse('BUSY', 'the member is joining elsewhere at this moment', { retryAfterMs: 200 });
      const { number, ticket_id } = joined.ticket;
      // The worker has not got to it yet. The member does not have to wait for that.
      await leave(pool, { scheduleId, number, ticketId: ticket_id });
      return joinOnce({ joins, pool }, scheduleId, joiner, true);
    }
  }
}
