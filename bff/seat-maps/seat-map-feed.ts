import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@connectrpc/connect';
import type { InventoryService, SeatStatus } from '@boxoffice/proto/inventory';
import { reasonOf, refuse } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';
import { SeatMap } from './seat-map.ts';

interface SeatMapFeedOptions {
  readonly inventory: Pick<Client<typeof InventoryService>, 'watchSeats'>;
  readonly log: Logger;
  readonly scheduleId: bigint;
  readonly staleAfterMs: number;
  /** The Inventory says that there is no such date. */
  readonly onUnknown: () => void;
}

// Of the pause before the stream is opened again: drawn at random up to a limit, which doubles from this to that.
const pauseMsMin = 50;
const pauseMsMax = 2_000;

/** The seats of one date and the stream that tells them, opened again whenever it breaks. */
export class SeatMapFeed implements AsyncDisposable {
  readonly map = new SeatMap();
  readonly #options: SeatMapFeedOptions;
  readonly #end = new AbortController();
  readonly #listeners = new Set<(map: SeatMap) => void>();
  readonly #waiting = new Set<PromiseWithResolvers<SeatMap>>();
  readonly #running: Promise<void>;
  readonly #begunAtMs = performance.now();
  #usedAtMs = this.#begunAtMs;
  #heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: SeatMapFeedOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** The map is whole, and the stream has said something a moment ago. */
  get fresh(): boolean {
    return this.map.version > 0 && performance.now() - this.#heardAtMs < this.#options.staleAfterMs;
  }

  /** Somebody depends on it at this moment. */
  get busy(): boolean {
    return this.#listeners.size > 0 || this.#waiting.size > 0;
  }

  /** When it was last asked for, by the clock of `performance.now()`. */
  get usedAtMs(): number {
    return this.#usedAtMs;
  }

  /** When its stream last said something, or it began. */
  get heardAtMs(): number {
    return Math.max(this.#begunAtMs, this.#heardAtMs);
  }

  /** Notes that somebody asks for it. */
  use(): void {
    this.#usedAtMs = performance.now();
  }

  /** Waits until the map is fresh. @throws ServiceError when it is not within the time, or there is no such date. */
  async whenFresh(waitMs: number, signal?: AbortSignal): Promise<SeatMap> {
    const waiting = Promise.withResolvers<SeatMap>();
    const abort = (): void => waiting.reject(signal?.reason);
    const timer = setTimeout(() => waiting.reject(away()), waitMs);
    signal?.addEventListener('abort', abort, { once: true });
    this.#waiting.add(waiting);
    try {
      signal?.throwIfAborted();
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#waiting.delete(waiting);
      this.use();
    }
  }

  /** Calls a listener after every change, until disposed. */
  subscribe(listener: (map: SeatMap) => void): Disposable {
    const own = (map: SeatMap): void => listener(map);
    this.#listeners.add(own);
    return {
      [Symbol.dispose]: () => {
        if (this.#listeners.delete(own)) this.use();
      },
    };
  }

  /** Notes what was done to seats through this process just now. */
  note(seatIds: readonly bigint[], status: SeatStatus): void {
    if (this.map.note(seatIds, status)) this.#tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    this.#settle((waiting) => waiting.reject(away()));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    for (let failures = 0; !signal.aborted;) {
      const openedAtMs = performance.now();
      await this.#stream().catch((error: unknown) => this.#onBroken(error));
      failures = this.#heardAtMs >= openedAtMs ? 0 : failures + 1;
      const limitMs = Math.min(pauseMsMax, pauseMsMin * 2 ** Math.min(failures, 10));
      await delay(Math.random() * limitMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Follows one stream to its end. One that falls silent is ended from here. */
  async #stream(): Promise<void> {
    const { inventory, scheduleId, staleAfterMs } = this.#options;
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error('silent')), staleAfterMs).unref();
    const signal = AbortSignal.any([this.#end.signal, silence.signal]);
    this.map.begin();
    try {
      for await (const message of inventory.watchSeats({ scheduleId }, { signal })) {
        timer.refresh();
        const changed = this.map.take(message);
        if (!this.map.complete) continue;
        this.#heardAtMs = performance.now();
        if (changed) this.#tell();
        this.#settle((waiting) => waiting.resolve(this.map));
      }
    } finally {
      clearTimeout(timer);
      silence.abort(); // A stream that is left early is ended by its signal alone.
    }
  }

  #onBroken(error: unknown): void {
    if (this.#end.signal.aborted) return;
    if (reasonOf(error) === 'SCHEDULE_UNKNOWN') {
      this.#settle((waiting) => waiting.reject(error));
      if (!this.busy) this.#options.onUnknown();
    } else {
      this.#options.log.info({ err: error }, 'the stream of seats broke: opening another');
    }
  }

  #settle(how: (waiting: PromiseWithResolvers<SeatMap>) => void): void {
    for (const waiting of this.#waiting) how(waiting);
    this.#waiting.clear();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener(this.map);
  }
}

function away(): Error {
  return refuse('DEPENDENCY_UNAVAILABLE', 'the seats are away at this moment', { retryAfterMs: 1_000 });
}
