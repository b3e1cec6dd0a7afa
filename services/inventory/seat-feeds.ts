import type { Pool } from '@boxoffice/runtime/database/pool';
import { refuse } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';

import { SeatFeed } from './seat-feed.ts';

export interface SeatFeedsOptions {
  readonly pool: Pool;
  readonly log: Logger;
  /** How often the seats of a watched schedule are read. */
  readonly refreshMs: number;
  readonly schedulesMax: number;
  readonly watchersMax: number;
}

/** A watcher's share of a feed; disposing gives it back. */
export interface Watch extends Disposable {
  readonly feed: SeatFeed;
}

/** The feeds of the schedules that somebody watches in this process: one a schedule, however many watch it. */
export class SeatFeeds implements AsyncDisposable {
  readonly #options: SeatFeedsOptions;
  readonly #feeds = new Map<bigint, { readonly feed: SeatFeed; watchers: number }>();
  #watchers = 0;

  constructor(options: SeatFeedsOptions) {
    this.#options = options;
  }

  /** @throws ServiceError STREAM_LIMIT when too many watch, or too many schedules are watched. */
  watch(scheduleId: bigint): Watch {
    const { pool, log, refreshMs, schedulesMax, watchersMax } = this.#options;
    const known = this.#feeds.get(scheduleId);
    if (this.#watchers >= watchersMax || (!known && this.#feeds.size >= schedulesMax)) {
      throw refuse('STREAM_LIMIT', 'too many seat maps are being watched: try again', { retryAfterMs: 2_000 });
    }
    const entry = known ?? { feed: new SeatFeed({ pool, log, refreshMs, scheduleId }), watchers: 0 };
    this.#feeds.set(scheduleId, entry);
    this.#watchers += 1;
    entry.watchers += 1;
    let given = false;
    return {
      feed: entry.feed,
      [Symbol.dispose]: () => {
        if (given) return;
        given = true;
        this.#watchers -= 1;
        entry.watchers -= 1;
        if (entry.watchers > 0) return;
        this.#feeds.delete(scheduleId);
        void entry.feed[Symbol.asyncDispose]();
      },
    };
  }

  /** Says that seats have been written here: who watches them need not wait for the next reading. */
  changed(scheduleId: bigint): void {
    this.#feeds.get(scheduleId)?.feed.nudge();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#feeds.values()].map(({ feed }) => feed[Symbol.asyncDispose]()));
  }
}
