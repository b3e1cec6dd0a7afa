import type { Client } from '@connectrpc/connect';
import type { PositionService } from '@boxoffice/proto/queue';
import { LiveFeeds } from '@boxoffice/runtime/live-feeds';
import type { Logger } from '@boxoffice/runtime/log';

import type { BoardChange, PositionBoard } from './board.ts';
import { BoardFeed } from './board-feed.ts';

/** Where boards come from, and their limits. */
export interface LiveBoardsOptions {
  readonly client: Client<typeof PositionService>;
  readonly log: Logger;
  /** A board that nobody has asked for or subscribes to for so long is dropped, and its stream ended. */
  readonly idleMs?: number;
  /** A board that has heard nothing for so long is not shown any more; the worker speaks every second. */
  readonly staleAfterMs?: number;
  /** Boards at once, of which each has a stream. */
  readonly boardsMax?: number;
}

const waitMsDefault = 2_000;

/**
 * The position boards of the queues that somebody looks at, live: one stream a queue, however many look. A stream that breaks
 * is resumed where it was, at any worker; changes that are missing are made up for by a new snapshot.
 */
export class LiveBoards implements AsyncDisposable {
  readonly #feeds: LiveFeeds<BoardFeed>;

  constructor({ client, log, idleMs = 60_000, staleAfterMs = 3_000, boardsMax = 1_000 }: LiveBoardsOptions) {
    this.#feeds = new LiveFeeds({
      things: 'positions',
      idleMs,
      feedsMax: boardsMax,
      begin: (scheduleId, onUnknown) =>
        new BoardFeed({
          client,
          log: log.child({ scheduleId: String(scheduleId) }),
          scheduleId,
          staleAfterMs,
          onUnknown,
        }),
    });
  }

  /** How many boards there are. */
  get open(): number {
    return this.#feeds.open;
  }

  /** For how long the stalest of them has heard nothing; 0 when there are none. */
  get silentMs(): number {
    return this.#feeds.silentMs;
  }

  /**
   * The board of a queue, exact up to what has travelled; at once when it is there already. Ask again for every answer, so
   * that a stale one is not shown.
   *
   * @throws ServiceError QUEUE_UNKNOWN, or DEPENDENCY_UNAVAILABLE when there is no live board within `waitMs` (default 2 s).
   */
  async board(
    scheduleId: bigint,
    options: { readonly signal?: AbortSignal; readonly waitMs?: number } = {},
  ): Promise<PositionBoard> {
    const feed = this.#feeds.of(scheduleId);
    feed.use();
    return feed.fresh ? feed.board : feed.whenFresh(options.waitMs ?? waitMsDefault, options.signal);
  }

  /** The board of a queue if it is there and exact at this moment, without waiting; it is brought up otherwise. */
  peek(scheduleId: bigint): PositionBoard | undefined {
    const feed = this.#feeds.of(scheduleId);
    feed.use();
    return feed.fresh ? feed.board : undefined;
  }

  /**
   * Calls a listener after every applied change of a queue, until disposed; not for signs of life. The stream is kept as
   * long.
   *
   * @throws ServiceError DEPENDENCY_UNAVAILABLE when there are too many boards.
   */
  subscribe(scheduleId: bigint, listener: (board: PositionBoard, change: BoardChange) => void): Disposable {
    const feed = this.#feeds.of(scheduleId);
    return feed.subscribe(listener);
  }

  /** Ends all streams; whoever waits for a board is refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#feeds[Symbol.asyncDispose]();
  }
}
