import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { reasonOf, refuse } from '@boxoffice/runtime/error';
import { identityOf, type Identity } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import { seatMessage } from '../seat.ts';
import type { TicketDesk } from '../tickets.ts';

/** A seat has some 200 bytes at most, a message 64 KiB. */
const seatsAMessageMax = 250;
const heartbeatMs = 10_000;
/** Who shows one stream to many has to know soon that it is dead. */
const serviceHeartbeatMs = 1_000;
const ticketCheckMs = 3_000;
/** So many checks in a row may fail for the Queue being away. */
const checksMissedMax = 10;

/**
 * What a reader has not taken yet is kept nowhere but in the map: when there is room again, it gets the newest state of each
 * seat that has changed meanwhile, once.
 */
export const watchSeats = ({ tickets, feeds }: Deps): ServiceImpl<typeof InventoryService>['watchSeats'] =>
  async function* ({ token, scheduleId }, context) {
    const identity = identityOf(context);
    const over = token === '' ? unchecked(identity) : await checked(tickets, token, identity, scheduleId);
    const silentMsMax = token === '' ? serviceHeartbeatMs : heartbeatMs;
    using watch = feeds.watch(scheduleId);
    const map = await watch.feed.ready(context.signal);
    let sentAtMs = performance.now();
    const waitMs = Math.min(ticketCheckMs, silentMsMax);
    for (let seen = 0; !(await over()); await watch.feed.next(seen, context.signal, waitMs)) {
      const { version } = map;
      const silentMs = performance.now() - sentAtMs;
      for (const { seats, last } of map.newerThan(seen, seatsAMessageMax)) {
        yield { seats: seats.map(seatMessage), complete: seen > 0 || last };
      }
      if (version === seen && silentMs >= silentMsMax) yield { complete: true };
      if (version > seen || silentMs >= silentMsMax) sentAtMs = performance.now();
      seen = version;
    }
  };

/** Nobody's ticket: one of our own services shows the seats to many, whose tickets it checks itself. */
function unchecked({ kind }: Identity): () => Promise<boolean> {
  if (kind !== 'service') throw refuse('TOKEN_INVALID', 'this call needs the token of an admitted ticket');
  return () => Promise.resolve(false);
}

async function checked(
  tickets: TicketDesk,
  token: string,
  { partner }: Identity,
  scheduleId: bigint,
): Promise<() => Promise<boolean>> {
  const ask = (): Promise<unknown> => tickets.askForReading(token, partner, scheduleId);
  await ask();
  return ticketWatch(ask);
}

/** Makes what tells whether the ticket is over, and asks for that every few seconds. */
function ticketWatch(ask: () => Promise<unknown>): () => Promise<boolean> {
  let askedAtMs = performance.now();
  let missed = 0;
  return async () => {
    if (performance.now() - askedAtMs < ticketCheckMs) return false;
    askedAtMs = performance.now();
    try {
      await ask();
      missed = 0;
    } catch (error) {
      if (reasonOf(error) === 'TICKET_OVER') return true;
      missed += 1;
      if (reasonOf(error) !== 'DEPENDENCY_UNAVAILABLE' || missed > checksMissedMax) throw error;
    }
    return false;
  };
}
