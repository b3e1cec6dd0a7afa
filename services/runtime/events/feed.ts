import { setTimeout as delay } from 'node:timers/promises';

import type { Pool } from '../database/pool.ts';
import { refuse } from '../error.ts';
import type { Logger } from '../log.ts';
import type { WakeUps } from '../redis/wake-ups.ts';
import { Bell } from './bell.ts';
import { readLog, readWindow, type LogRow, type WindowRow } from './read-events.ts';
import { eventsTopic, type EventRelay } from './relay.ts';
import { Turnstile } from './turnstile.ts';

export interface EventFeedOptions {
  readonly pool: Pool;
  readonly log: Logger;
  readonly wakeUps: WakeUps;
  readonly relay: EventRelay;
  readonly watchersMax: number;
}

/** Somebody who watches: reads the log in turn with the others. */
export interface EventWatch extends Disposable {
  readonly readLog: () => Promise<LogRow>;
  readonly readWindow: (...window: Parameters<typeof readWindow.rows>[1]) => Promise<WindowRow[]>;
}

/** Between two looks at the log, while somebody watches. */
const lookMs = 250;
/** Between two looks that others have woken it for. */
const restMs = 50;
/** For whoever begins to watch is told of that at once. */
const idleMs = 3_600_000;
const orderBatch = 1_000;
/** Connections that all who watch in this process may take from the calls at once. */
const readsAtOnceMax = 2;

/**
 * Tells those who watch the log in this process when it has become longer, at the cost of two short queries a look, however
 * many watch. While somebody does, it orders the events itself: they need not wait for the worker. Nothing is read while
 * nobody watches.
 */
export class EventFeed implements AsyncDisposable {
  readonly #options: EventFeedOptions;
  readonly #ended = new AbortController();
  readonly #woken = new Bell();
  readonly #reads = new Turnstile(readsAtOnceMax);
  readonly #listening: Disposable;
  readonly #running: Promise<void>;
  #watchers = 0;
  #head: bigint | undefined;
  #failing = false;
  /** Rung when the log has become longer. */
  readonly grown = new Bell();

  constructor(options: EventFeedOptions) {
    this.#options = options;
    this.#listening = options.wakeUps.subscribe(eventsTopic, (schema) => {
      if (schema === options.pool.schema) this.#woken.ring();
    });
    this.#running = this.#run();
  }

  get pool(): Pool {
    return this.#options.pool;
  }

  /** Counts a watcher until it is disposed. @throws ServiceError STREAM_LIMIT when there are as many as may be. */
  watch(): EventWatch {
    const { watchersMax, pool } = this.#options;
    if (this.#watchers >= watchersMax) {
      const metadata = { limit: String(watchersMax) };
      throw refuse('STREAM_LIMIT', `at most ${watchersMax} watch events here at once`, {
        metadata,
        retryAfterMs: 2_000,
      });
    }
    this.#watchers++;
    this.#woken.ring();
    let watching = true;
    return {
      readLog: () => this.#reads.through(() => readLog.one(pool, [])),
      readWindow: (...window) => this.#reads.through(() => readWindow.rows(pool, window)),
      [Symbol.dispose]: () => {
        if (watching) this.#watchers--;
        watching = false;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]();
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const heard = this.#woken.rings;
      const more = this.#watchers > 0 && (await this.#look());
      if (more) continue;
      if (this.#watchers > 0) await delay(restMs, undefined, { signal }).catch(() => undefined);
      await this.#woken.rungAfter(heard, this.#watchers > 0 ? lookMs - restMs : idleMs, signal);
    }
  }

  /** Returns whether there is more to order at once. What goes wrong here, those who watch see when they read. */
  async #look(): Promise<boolean> {
    const { relay, pool, log } = this.#options;
    try {
      const ordered = await relay.order(orderBatch);
      const { head } = await readLog.one(pool, []);
      if (head !== this.#head) this.grown.ring();
      this.#head = head;
      this.#failing = false;
      return ordered === orderBatch;
    } catch (error) {
      if (!this.#failing) log.warn({ err: error }, 'the events cannot be read');
      this.#failing = true;
      return false;
    }
  }
}
