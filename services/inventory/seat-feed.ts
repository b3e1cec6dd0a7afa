import { setTimeout as delay } from 'node:timers/promises';

import type { Pool } from '@boxoffice/runtime/database/pool';
import { refuse, type ServiceError } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';

import type { SeatRow } from './seat.ts';
import { seatsMax } from './seat-layout.ts';
import { SeatMap } from './seat-map.ts';
import { listSeats } from './sql/list-seats.ts';
import { readSeatStates, type SeatStates } from './sql/read-seat-states.ts';

export interface SeatFeedOptions {
  readonly pool: Pool;
  readonly log: Logger;
  readonly scheduleId: bigint;
  readonly refreshMs: number;
}

/** Between two readings at least: nudges that come together are answered by one. */
const restMs = 50;
/** Watchers are told when nothing could be read for so long: what they see is too old to act on. */
const staleAfterMs = 5_000;
const seatsAPart = 5_000;

/**
 * The seats of one schedule, read again and again while somebody watches: by all watchers of the process together, at the
 * cost of one short query a round. Holds that run out show up by the clock, without anybody writing.
 */
export class SeatFeed implements AsyncDisposable {
  readonly #options: SeatFeedOptions;
  readonly #map = new SeatMap();
  readonly #ended = new AbortController();
  readonly #loop: Promise<void>;
  #priceRevision: bigint | undefined;
  #failure: ServiceError | undefined;
  #readAtMs = performance.now();
  #turn = Promise.withResolvers<void>();
  #nudge = Promise.withResolvers<void>();

  constructor(options: SeatFeedOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  /**
   * The map, as soon as it has been read.
   *
   * @throws ServiceError SCHEDULE_UNKNOWN; DEPENDENCY_UNAVAILABLE when it cannot be read.
   */
  async ready(signal: AbortSignal): Promise<SeatMap> {
    while (this.#map.version === 0) await this.next(0, signal, staleAfterMs * 2);
    return this.#map;
  }

  /**
   * Waits until the map is newer than a version, at most `limitMs`.
   *
   * @throws ServiceError when the seats cannot be read any more; the signal's reason when that is aborted.
   */
  async next(version: number, signal: AbortSignal, limitMs: number): Promise<void> {
    const end = performance.now() + limitMs;
    while (this.#map.version <= version) {
      signal.throwIfAborted();
      if (this.#failure) throw this.#failure;
      const leftMs = end - performance.now();
      if (leftMs <= 0) return;
      await waitFor(this.#turn.promise, leftMs, signal);
    }
  }

  /** Reads at once, for something has been written. */
  nudge(): void {
    this.#nudge.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const changed = await this.#read();
      if (changed) this.#wake();
      await waitFor(this.#nudge.promise, this.#options.refreshMs, signal);
      await delay(restMs, undefined, { signal }).catch(() => undefined);
      this.#nudge = Promise.withResolvers();
    }
    this.#failure ??= refuse('DRAINING', 'the seats are not watched any more', { retryAfterMs: 0 });
    this.#wake();
  }

  #wake(): void {
    this.#turn.resolve();
    this.#turn = Promise.withResolvers();
  }

  /** Reads once. @returns whether watchers have to look. */
  async #read(): Promise<boolean> {
    const { pool, scheduleId, log } = this.#options;
    const before = this.#map.version;
    try {
      const read = await readSeatStates.maybe(pool, [scheduleId]);
      if (read) await this.#take(read);
      this.#failure = read ? undefined : refuse('SCHEDULE_UNKNOWN', `there is no schedule ${scheduleId}`);
      this.#readAtMs = performance.now();
    } catch (error) {
      log.warn({ err: error, scheduleId: String(scheduleId) }, 'the seats cannot be read');
      if (performance.now() - this.#readAtMs < staleAfterMs) return false;
      this.#failure = refuse('DEPENDENCY_UNAVAILABLE', 'the seats cannot be read', {
        retryAfterMs: 1_000,
        cause: error,
      });
    }
    return this.#failure !== undefined || this.#map.version !== before;
  }

  async #take({ price_revision: priceRevision, states }: SeatStates): Promise<void> {
    if (priceRevision === this.#priceRevision) return this.#map.restate(states);
    this.#map.replace(await this.#readSeats());
    this.#priceRevision = priceRevision; // As before the reading: what changed during it is read again.
  }

  async #readSeats(): Promise<SeatRow[]> {
    const { pool, scheduleId } = this.#options;
    const seats: SeatRow[] = [];
    while (seats.length <= seatsMax) {
      const part = await listSeats.rows(pool, [scheduleId, seats.at(-1)?.seat_id ?? 0n, seatsAPart]);
      seats.push(...part);
      if (part.length < seatsAPart) return seats;
    }
    throw new Error(`schedule ${scheduleId} has more than ${seatsMax} seats`);
  }
}

/** Waits for a promise that never rejects, at most `limitMs`, or until the signal is aborted. */
async function waitFor(promise: Promise<void>, limitMs: number, signal: AbortSignal): Promise<void> {
  const { promise: interrupted, resolve } = Promise.withResolvers<void>();
  const interrupt = (): void => resolve();
  const timer = setTimeout(interrupt, limitMs);
  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  await Promise.race([promise, interrupted]);
  clearTimeout(timer);
  signal.removeEventListener('abort', interrupt);
}
