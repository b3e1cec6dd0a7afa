import type { Client } from '@connectrpc/connect';
import type { InventoryService, SeatStatus } from '@boxoffice/proto/inventory';
import { LiveFeeds } from '@boxoffice/runtime/live-feeds';
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
  readonly #feeds: LiveFeeds<SeatMapFeed>;

  constructor({ inventory, log, idleMs = 60_000, staleAfterMs = 3_000, mapsMax = 100 }: LiveSeatMapsOptions) {
    this.#feeds = new LiveFeeds({
      things: 'seats',
      idleMs,
      feedsMax: mapsMax,
      begin: (scheduleId, onUnknown) =>
        new SeatMapFeed({
          inventory,
          log: log.child({ scheduleId: String(scheduleId) }),
          scheduleId,
          staleAfterMs,
          onUnknown,
        }),
    });
  }

  /** How many maps there are. */
  get open(): number {
    return this.#feeds.open;
  }

  /** For how long the stalest of them has heard nothing; 0 when there are none. */
  get silentMs(): number {
    return this.#feeds.silentMs;
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
    const feed = this.#feeds.of(scheduleId);
    feed.use();
    return feed.fresh ? feed.map : feed.whenFresh(waitMs, signal);
  }

  /**
   * Calls a listener after every change of a map, until disposed. The stream is kept as long.
   *
   * @throws ServiceError DEPENDENCY_UNAVAILABLE when there are too many maps.
   */
  subscribe(scheduleId: bigint, listener: (map: SeatMap) => void): Disposable {
    return this.#feeds.of(scheduleId).subscribe(listener);
  }

  /** Notes what was done to seats through this process just now, where somebody looks at them. */
  note(scheduleId: bigint, seatIds: readonly bigint[], status: SeatStatus): void {
    this.#feeds.peek(scheduleId)?.note(seatIds, status);
  }

  /** Ends all streams; whoever waits for a map is refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#feeds[Symbol.asyncDispose]();
  }
}
