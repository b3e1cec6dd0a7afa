import type { Client } from '@connectrpc/connect';
import type { InventoryService, SeatStatus } from '@boxoffice/proto/inventory';
import { refuse } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';
import type { SeatMap } from './seat-map.ts';
import { SeatMapFeed } from './seat-map-feed.ts';

interface LiveSeatMapsOptions {
  readonly inventory: Pick<Client<typeof InventoryService>, 'watchSeats'>;
  readonly log: Logger;
  /** A map that nobody has asked for or subscribes to for so long is dropped, and its stream ended. */
  readonly idleMs?: number;
  /** A map whose stream has said nothing for so long is not shown any more; the Inventory speaks every second. */
  readonly staleAfterMs?: number;
  /** Maps at once, of which each has a stream. */
  readonly mapsMax?: number;
}

/** The seats of the dates that somebody looks at, live: one stream a date, however many look. */
export class LiveSeatMaps implements AsyncDisposable {
  readonly #options: Required<LiveSeatMapsOptions>;
  readonly #feeds = new Map<bigint, SeatMapFeed>();
  readonly #idleTimer: NodeJS.Timeout;
  #closed = false;

  constructor(options: LiveSeatMapsOptions) {
    this.#options = { idleMs: 60_000, staleAfterMs: 3_000, mapsMax: 100, ...options };
    this.#idleTimer = setInterval(() => this.#dropIdle(), this.#options.idleMs / 2).unref();
  }

  /**
   * The map of a date; at once when it is there already. Ask again for every answer, so that a stale one is not shown.
   *
   * @throws ServiceError SCHEDULE_UNKNOWN, or DEPENDENCY_UNAVAILABLE when there is none within `waitMs`, or too many.
   */
  async map(
    scheduleId: bigint,
    { waitMs, signal }: { readonly waitMs: number; readonly signal?: AbortSignal },
  ): Promise<SeatMap> {
    const feed = this.#feed(scheduleId);
    feed.use();
    return feed.fresh ? feed.map : feed.whenFresh(waitMs, signal);
  }

  /**
   * Calls a listener after every change of a map, until disposed. The stream is kept as long.
   *
   * @throws ServiceError DEPENDENCY_UNAVAILABLE when there are too many maps.
   */
  subscribe(scheduleId: bigint, listener: (map: SeatMap) => void): Disposable {
    return this.#feed(scheduleId).subscribe(listener);
  }

  /** Notes what was done to seats through this process just now, where somebody looks at them. */
  note(scheduleId: bigint, seatIds: readonly bigint[], status: SeatStatus): void {
    this.#feeds.get(scheduleId)?.note(seatIds, status);
  }

  /** Ends all streams; whoever waits for a map is refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#idleTimer);
    const feeds = [...this.#feeds.values()];
    this.#feeds.clear();
    await Promise.all(feeds.map((feed) => feed[Symbol.asyncDispose]()));
  }

  #feed(scheduleId: bigint): SeatMapFeed {
    if (this.#closed) throw refuse('DRAINING', 'seats are not served any more');
    const known = this.#feeds.get(scheduleId);
    if (known !== undefined) return known;
    this.#makeRoom();
    const { inventory, log, staleAfterMs } = this.#options;
    const feed: SeatMapFeed = new SeatMapFeed({
      inventory,
      log: log.child({ scheduleId: String(scheduleId) }),
      scheduleId,
      staleAfterMs,
      // A date that was unknown may be there for the next who asks.
      onUnknown: () => this.#drop(scheduleId, feed),
    });
    this.#feeds.set(scheduleId, feed);
    return feed;
  }

  #makeRoom(): void {
    if (this.#feeds.size < this.#options.mapsMax) return;
    const idle = [...this.#feeds].filter(([, feed]) => !feed.busy).sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)[0];
    if (idle === undefined) {
      throw refuse('DEPENDENCY_UNAVAILABLE', 'too many seat maps are looked at at once', { retryAfterMs: 1_000 });
    }
    this.#drop(...idle);
  }

  #dropIdle(): void {
    const idleSinceMs = performance.now() - this.#options.idleMs;
    for (const [scheduleId, feed] of this.#feeds) {
      if (!feed.busy && feed.usedAtMs < idleSinceMs) this.#drop(scheduleId, feed);
    }
  }

  #drop(scheduleId: bigint, feed: SeatMapFeed): void {
    if (this.#feeds.get(scheduleId) === feed) this.#feeds.delete(scheduleId);
    void feed[Symbol.asyncDispose]();
  }
}
