import { setTimeout as delay } from 'node:timers/promises';

import type { Client } from '@connectrpc/connect';
import type { PositionService } from '@boxoffice/proto/queue';
import { reasonOf, refuse } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';

import { BoardGap, PositionBoard, type BoardChange } from './board.ts';

/** Where the messages of one board come from. */
export interface BoardFeedOptions {
  readonly client: Client<typeof PositionService>;
  readonly log: Logger;
  readonly scheduleId: bigint;
  readonly staleAfterMs: number;
  /** The Queue says that there is no such queue. */
  readonly onUnknown: () => void;
}

type Listener = (board: PositionBoard, change: BoardChange) => void;

/** Of the pause before the stream is opened again: drawn at random up to a limit, which doubles from this to that. */
const pauseMsMin = 50;
const pauseMsMax = 2_000;

/** One queue's board and the stream that feeds it, opened again whenever it breaks. */
export class BoardFeed implements AsyncDisposable {
  readonly board = new PositionBoard();
  readonly #options: BoardFeedOptions;
  readonly #end = new AbortController();
  readonly #listeners = new Set<Listener>();
  readonly #waiting = new Set<PromiseWithResolvers<PositionBoard>>();
  readonly #running: Promise<void>;
  #usedAtMs = performance.now();
  #spokeAtMs = this.#usedAtMs;
  // Never, when there was a gap.
  #heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: BoardFeedOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** The board is whole, and the stream has said something a moment ago. */
  get fresh(): boolean {
    return this.board.complete && performance.now() - this.#heardAtMs < this.#options.staleAfterMs;
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
    return this.#spokeAtMs;
  }

  /** Notes that somebody asks for it. */
  use(): void {
    this.#usedAtMs = performance.now();
  }

  /** Waits until the board is fresh. @throws ServiceError when it is not within the time, or there is no such queue. */
  async whenFresh(waitMs: number, signal?: AbortSignal): Promise<PositionBoard> {
    const waiting = Promise.withResolvers<PositionBoard>();
    const giveUp = (): void => waiting.reject(away());
    const abort = (): void => waiting.reject(signal?.reason);
    const timer = setTimeout(giveUp, waitMs);
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

  subscribe(listener: Listener): Disposable {
    const own: Listener = (board, change) => listener(board, change);
    this.#listeners.add(own);
    return {
      [Symbol.dispose]: () => {
        if (this.#listeners.delete(own)) this.use();
      },
    };
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
      try {
        await this.#stream();
      } catch (error) {
        this.#onBroken(error);
      }
      failures = this.#heardAtMs >= openedAtMs ? 0 : failures + 1;
      const limitMs = Math.min(pauseMsMax, pauseMsMin * 2 ** Math.min(failures, 10));
      await delay(Math.random() * limitMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Follows one stream to its end. One that falls silent is ended from here. */
  async #stream(): Promise<void> {
    const { client, scheduleId, staleAfterMs } = this.#options;
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(new Error('silent')), staleAfterMs).unref();
    const signal = AbortSignal.any([this.#end.signal, silence.signal]);
    const afterRevision = this.board.complete ? this.board.revision : 0n;
    // What happened while there was no stream comes first, then a status. Before it the board is one of the past: whoever
    // asked the Queue meanwhile would see the people ahead grow.
    let caughtUp = false;
    try {
      for await (const message of client.watchQueue({ scheduleId, afterRevision }, { signal })) {
        timer.refresh();
        const change = this.board.apply(message);
        caughtUp ||= message.event.case === 'status';
        if (caughtUp) this.#heardAtMs = this.#spokeAtMs = performance.now();
        if (change !== undefined) this.#tell(change);
        if (this.fresh) this.#settle((waiting) => waiting.resolve(this.board));
      }
    } finally {
      clearTimeout(timer);
      silence.abort(); // A stream that is left early is ended by its signal alone.
    }
  }

  #onBroken(error: unknown): void {
    if (this.#end.signal.aborted) return;
    if (error instanceof BoardGap) {
      this.#options.log.warn({ err: error }, 'positions have a gap: starting again from a snapshot');
      this.#heardAtMs = Number.NEGATIVE_INFINITY;
      this.board.forget();
    } else if (reasonOf(error) === 'QUEUE_UNKNOWN') {
      this.#settle((waiting) => waiting.reject(error));
      if (!this.busy) this.#options.onUnknown();
    } else {
      this.#options.log.info({ err: error }, 'the stream of positions broke: opening another');
    }
  }

  #settle(how: (waiting: PromiseWithResolvers<PositionBoard>) => void): void {
    for (const waiting of this.#waiting) how(waiting);
    this.#waiting.clear();
  }

  #tell(change: BoardChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(this.board, change);
      } catch (error) {
        this.#options.log.error({ err: error }, 'a listener of positions failed');
      }
    }
  }
}

function away(): Error {
  return refuse('DEPENDENCY_UNAVAILABLE', 'positions are away at this moment', { retryAfterMs: 1_000 });
}
