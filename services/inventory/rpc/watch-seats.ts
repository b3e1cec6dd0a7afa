import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { reasonOf } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import { seatMessage } from '../seat.ts';

/** A seat has some 200 bytes at most, a message 64 KiB. */
const seatsAMessageMax = 250;
const heartbeatMs = 10_000;
const ticketCheckMs = 3_000;
/** So many checks in a row may fail for the Queue being away. */
const checksMissedMax = 10;

/**
 * What a reader has not taken yet is kept nowhere but in the map: when there is room again, it gets the newest state of each
 * seat that has changed meanwhile, once.
 */
export const watchSeats = ({ tickets, feeds }: Deps): ServiceImpl<typeof InventoryService>['watchSeats'] =>
  async function* ({ token, scheduleId }, context) {
    const { partner } = identityOf(context);
    const ask = (): Promise<unknown> => tickets.askForReading(token, partner, scheduleId);
    await ask();
    const over = ticketWatch(ask);
    using watch = feeds.watch(scheduleId);
    const map = await watch.feed.ready(context.signal);
    let sentAtMs = performance.now();
    for (let seen = 0; !(await over()); await watch.feed.next(seen, context.signal, ticketCheckMs)) {
      const { version } = map;
      const silentMs = performance.now() - sentAtMs;
      for (const { seats, last } of map.newerThan(seen, seatsAMessageMax)) {
        yield { seats: seats.map(seatMessage), complete: seen > 0 || last };
      }
      if (version === seen && silentMs >= heartbeatMs) yield { complete: true };
      if (version > seen || silentMs >= heartbeatMs) sentAtMs = performance.now();
      seen = version;
    }
  };

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
