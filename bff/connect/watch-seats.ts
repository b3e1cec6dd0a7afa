import { setTimeout as delay } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { WatchSeatsRequest, WatchSeatsResponseSchema } from '@boxoffice/proto/inventory';
import { reasonOf, refuse } from '@boxoffice/runtime/error';
import type { Deps } from '../deps.ts';
import { ofSchedule, type QueueToken } from '../caller/queue-token.ts';
import type { LiveSeatMaps } from '../seat-maps/live-seat-maps.ts';
import type { Call } from './call.ts';

/** What seats are streamed with. */
export interface WatchSeatsParts {
  readonly seatMaps: Pick<LiveSeatMaps, 'subscribe'>;
  /** Aborted when this process ends. */
  readonly draining: AbortSignal;
}

type Parts = WatchSeatsParts & Pick<Deps, 'admissions' | 'seatStreams'>;
type Message = MessageInitShape<typeof WatchSeatsResponseSchema>;

/** As in the Inventory's own stream: below 64 KiB. */
const seatsAMessageMax = 250;
const restMs = 250;
const heartbeatMs = 10_000;
const ticketCheckMs = 4_000;
/** So many checks in a row may fail for the Queue being away. */
const checksMissedMax = 10;

/** Streams the seats of a date from its map, as the Inventory does: what a slow reader has missed is told once, as it stands. */
export function watchSeats(parts: Parts) {
  const { admissions, seatMaps, seatStreams, draining } = parts;
  return async function* ({ scheduleId }: WatchSeatsRequest, call: Call, token: QueueToken): AsyncGenerator<Message> {
    ofSchedule(token, scheduleId);
    const release = seatStreams.reserve(token);
    try {
      await admissions.check(token, call.reading);
      const map = await seatStreams.map(token, call.signal);
      const over = ticketWatch(() => admissions.check(token, call.reading));
      const signal = AbortSignal.any([call.signal, draining]);
      using changes = new Changes((wake) => seatMaps.subscribe(scheduleId, wake));
      for (let seen = 0, sentAtMs = 0; !(await over());) {
        refuseAtTheEnd(draining);
        const { version } = map;
        for (const message of messagesOf(map.seatsSince(seen), seen > 0)) {
          yield message;
          sentAtMs = performance.now();
        }
        if (performance.now() - sentAtMs >= heartbeatMs) {
          yield { complete: true };
          sentAtMs = performance.now();
        }
        seen = version;
        await delay(restMs, undefined, { signal }).catch(() => undefined);
        await changes.next(() => map.version > seen, ticketCheckMs, signal);
        call.signal.throwIfAborted();
      }
    } finally {
      release();
    }
  };
}

function refuseAtTheEnd(draining: AbortSignal): void {
  if (draining.aborted) {
    throw refuse('DRAINING', 'this process ends: connect again', { retryAfterMs: 1_000 });
  }
}

function* messagesOf(seats: NonNullable<Message['seats']>, complete: boolean): Generator<Message> {
  for (let start = 0; start < seats.length; start += seatsAMessageMax) {
    const end = start + seatsAMessageMax;
    yield { seats: seats.slice(start, end), complete: complete || end >= seats.length };
  }
}

/** Makes what tells whether the ticket is over, and asks for that every few seconds. */
function ticketWatch(check: () => Promise<{ readonly until: Date | undefined }>): () => Promise<boolean> {
  let askAtMs = performance.now() + ticketCheckMs;
  let missed = 0;
  return async () => {
    if (performance.now() < askAtMs) return false;
    askAtMs = performance.now() + ticketCheckMs;
    try {
      await check();
      missed = 0;
    } catch (error) {
      if (reasonOf(error) === 'TICKET_OVER') return true;
      missed++;
      if (reasonOf(error) === 'TOKEN_INVALID' || missed > checksMissedMax) throw error;
    }
    return false;
  };
}

/** Waits for changes that are told by calls. */
class Changes implements Disposable {
  readonly #subscription: Disposable;
  #wake = Promise.withResolvers<void>();

  constructor(subscribe: (wake: () => void) => Disposable) {
    this.#subscription = subscribe(() => this.#wake.resolve());
  }

  /** Waits until something holds, at most so long, or until the signal is aborted. */
  async next(holds: () => boolean, limitMs: number, signal: AbortSignal): Promise<void> {
    const interrupt = (): void => this.#wake.resolve();
    const timer = setTimeout(interrupt, limitMs);
    signal.addEventListener('abort', interrupt, { once: true });
    if (!holds() && !signal.aborted) {
      await this.#wake.promise;
    }
    clearTimeout(timer);
    signal.removeEventListener('abort', interrupt);
    this.#wake = Promise.withResolvers();
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }
}
