import type { ServerResponse } from 'node:http';
import type { LiveBoards } from '@boxoffice/queue/position-board';
import { refuse } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';
import { inScope } from '@boxoffice/runtime/telemetry/scope';
import { isFinal } from '../answers/position.ts';
import { EventStream } from '../http/event-stream.ts';
import { PositionFeed } from './position-feed.ts';
import type { Position, Positions } from './positions.ts';
import { PositionWatcher, type PositionSink } from './position-watcher.ts';
import type { QueueToken } from '../caller/queue-token.ts';
import type { StreamRoom } from '../http/stream-room.ts';

interface PositionStreamsOptions {
  readonly positions: Positions;
  readonly boards: Pick<LiveBoards, 'subscribe'>;
  readonly log: Logger;
  readonly room: StreamRoom;
  readonly heartbeatMs?: number;
}

/** How a stream begins. */
interface Opening {
  readonly first: Position;
  /** The id of the last event the reader has. */
  readonly lastEventId: string | undefined;
  /** Undoes the reservation; called when the stream has ended. */
  readonly release: () => void;
}

// A reader that has taken nothing for so long is gone.
const stalledMs = 60_000;

/** All event streams of positions in this process. One feed a queue looks after the streams of that queue. */
export class PositionStreams implements AsyncDisposable {
  readonly #options: Required<PositionStreamsOptions>;
  readonly #feeds = new Map<bigint, PositionFeed>();
  readonly #heartbeat: NodeJS.Timeout;
  #closed = false;

  constructor(options: PositionStreamsOptions) {
    this.#options = { heartbeatMs: 15_000, ...options };
    this.#heartbeat = setInterval(() => this.#beat(), this.#options.heartbeatMs).unref();
  }

  /**
   * Makes room for one more stream. Undo it by the function it returns, once.
   *
   * @throws ServiceError STREAM_LIMIT, DRAINING.
   */
  reserve({ claims: { ticketId } }: QueueToken): () => void {
    if (this.#closed) {
      throw refuse('DRAINING', 'this process ends: connect again', { retryAfterMs: 1_000 });
    }
    return this.#options.room.reserve(ticketId, 'positions');
  }

  /**
   * Streams a ticket's position on a response: as it stands, unless the reader has that already, and from then on
   * whenever it changes, until it is final.
   *
   * @param options how it begins.
   */
  open(res: ServerResponse, token: QueueToken, options: Opening): void {
    this.attach((onClose) => new EventStream(res, onClose), token, options);
  }

  /** The same for a stream that is made here, and calls back when it has ended. */
  attach(
    make: (onClose: () => void) => PositionSink,
    token: QueueToken,
    { first, lastEventId, release }: Opening,
  ): void {
    const { scheduleId } = token.claims;
    const stream = make(() => {
      this.#feeds.get(scheduleId)?.remove(watcher);
      release();
    });
    const watcher = new PositionWatcher(token, stream);
    watcher.begin(first, lastEventId);
    if (!isFinal(first.answer)) {
      this.#feed(scheduleId).add(watcher);
    }
  }

  /** The waiting tickets that are looked at. */
  *present(): Iterable<readonly [scheduleId: bigint, number: bigint]> {
    for (const feed of this.#feeds.values()) {
      for (const { waits, token } of feed.watchers) {
        if (waits) {
          yield [token.claims.scheduleId, token.claims.number];
        }
      }
    }
  }

  /** Ends all streams: their readers connect again, to another process. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    for (const feed of this.#feeds.values()) {
      feed.watchers.forEach(({ stream }) => stream.end());
      feed[Symbol.dispose]();
    }
    this.#feeds.clear();
  }

  #feed(scheduleId: bigint): PositionFeed {
    let feed = this.#feeds.get(scheduleId);
    if (feed === undefined) {
      const { positions, boards, log } = this.#options;
      const onEmpty = (empty: PositionFeed): void => {
        empty[Symbol.dispose]();
        this.#feeds.delete(scheduleId);
      };
      // It outlives the request that it is made for.
      feed = inScope({}, () => new PositionFeed(scheduleId, { positions, boards, log, onEmpty }));
      this.#feeds.set(scheduleId, feed);
    }
    return feed;
  }

  #beat(): void {
    const now = performance.now();
    for (const feed of this.#feeds.values()) {
      for (const { stream } of feed.watchers) {
        if (now - (stream.fullSinceMs ?? now) > stalledMs) {
          stream.drop();
        } else {
          stream.heartbeat();
        }
      }
    }
  }
}
