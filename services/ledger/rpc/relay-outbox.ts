import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { sweepRequests } from '@boxoffice/runtime/database/requests';

import { completeTicket } from '../complete-ticket.ts';
import type { Deps } from '../deps.ts';
import { rollUpBalances } from '../sql/roll-up-balances.ts';
import { claimMessages, markDelivered, releaseMessages, type ClaimedMessage } from '../sql/claim-messages.ts';

const limitDefault = 100;
const atOnceMax = 32;
const changesMax = 10_000;

/**
 * Moves events on to those who watch, and delivers messages that are due: ends the tickets of finished payments. Being called
 * for ever, it also rolls up the balances of the system's own accounts, and forgets the answers of requests that nobody tries
 * again.
 */
export const relayOutbox =
  (deps: Deps): ServiceImpl<typeof LedgerService>['relayOutbox'] =>
  async (request, context) => {
    const limit = request.limit || limitDefault;
    // First, since they wait for nobody.
    const ordered = await deps.events.relay.run(limit);
    const claimed = await claimMessages.rows(deps.pool, [limit]);
    if (claimed.length > 0) await deps.faults.reach('relay/taken');
    let delivered = 0;
    for (let start = 0; start < claimed.length; start += atOnceMax) {
      if (context.signal.aborted) {
        await releaseMessages.run(deps.pool, [claimed.slice(start).map(({ message_id }) => message_id)]);
        break;
      }
      const ids = await deliver(deps, claimed.slice(start, start + atOnceMax));
      // The Queue is away: the others need not find that out one after the other.
      if (ids.length === 0) break;
      await deps.faults.reach('relay/ticket-completed');
      await markDelivered.run(deps.pool, [ids]);
      delivered += ids.length;
    }
    await rollUpBalances.one(deps.pool, [changesMax]);
    await sweepRequests(deps.pool, deps.limits.requestRetentionSeconds);
    return { delivered, failed: claimed.length - delivered, ordered };
  };

async function deliver(deps: Deps, messages: readonly ClaimedMessage[]): Promise<bigint[]> {
  const tries = await Promise.all(
    messages.map(async (message) => {
      try {
        await completeTicket(deps, message, deps.limits.relayTimeoutMs);
        return [message.message_id];
      } catch (error) {
        const { payment_id: payment, attempts } = message;
        deps.log.warn({ err: error, payment, attempts }, 'a ticket could not be ended: tried again later');
        return [];
      }
    }),
  );
  return tries.flat();
}
