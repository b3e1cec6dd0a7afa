import { readChangesSince, readSnapshot, readStatuses } from '@boxoffice/queue/change-log';
import { BoardGap } from '@boxoffice/queue/position-board';
import type { QueueWakeUps } from '@boxoffice/queue/wake-ups';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { refuse } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';

import { runLoop } from './loop.ts';
import { QueueTail } from './queue-tail.ts';
import { Wake } from './wake.ts';

/** A tail that somebody watches; disposing it lets go. */
export interface WatchedTail extends Disposable {
  readonly tail: QueueTail;
}

interface Entry {
  readonly tail: Promise<QueueTail>;
  ready: QueueTail | undefined;
  watchers: number;
  /** Since when nobody watches, by the clock of `performance.now()`. */
  idleSinceMs: number;
}

const statusIntervalMs = 1_000;
/** A tail that nobody watches is kept for a moment: a stream that broke comes back within it. */
const idleMsMax = 10_000;
/** Between two looks that changes woke it for. */
const restMs = 25;
/** Changes of one queue in one read. */
const changesMax = 500;

/**
 * Follows the change logs of all queues that somebody watches: one read for all of them every `pollIntervalMs`, however many
 * watch, and one of their states every second. It looks sooner when it is told of a change. Nothing is read while nobody
 * watches.
 */
export class QueueTails implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #log: Logger;
  readonly #entries = new Map<bigint, Entry>();
  readonly #end = new AbortController();
  readonly #running: Promise<unknown>;
  readonly #listening: Disposable;
  #polling: Promise<boolean> = Promise.resolve(false);

  constructor(options: {
    readonly pool: Pool;
    readonly log: Logger;
    readonly wakeUps: QueueWakeUps;
    readonly pollIntervalMs: number;
  }) {
    this.#pool = options.pool;
    this.#log = options.log;
    const wake = new Wake();
    this.#listening = options.wakeUps.onChanged((scheduleId) => {
      if (this.#entries.has(scheduleId)) wake.wake();
    });
    const changes = { name: 'tail changes', intervalMs: options.pollIntervalMs, wake, restMs, run: () => this.poll() };
    const states = { name: 'tail states', intervalMs: statusIntervalMs, run: () => this.#readStates() };
    this.#running = Promise.all([changes, states].map((loop) => runLoop(loop, { log: this.#log }, this.#end.signal)));
  }

  /** Watches a queue. @throws ServiceError QUEUE_UNKNOWN */
  async watch(scheduleId: bigint): Promise<WatchedTail> {
    const entry = this.#entries.get(scheduleId) ?? this.#open(scheduleId);
    entry.watchers++;
    let watching = true;
    const letGo = (): void => {
      if (!watching) return;
      watching = false;
      entry.watchers--;
      entry.idleSinceMs = performance.now();
    };
    try {
      return { tail: await entry.tail, [Symbol.dispose]: letGo };
    } catch (error) {
      letGo();
      throw error;
    }
  }

  /** Looks for changes now; returns whether there are more. Whoever comes while it looks waits for another look. */
  poll(): Promise<boolean> {
    this.#polling = this.#polling.catch(() => false).then(() => this.#readChanges());
    return this.#polling;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]();
    this.#end.abort();
    await this.#running;
    await this.#polling.catch(() => undefined);
    await Promise.allSettled([...this.#entries.values()].map(({ tail }) => tail));
  }

  #open(scheduleId: bigint): Entry {
    const tail = this.#load(scheduleId);
    const entry: Entry = { tail, ready: undefined, watchers: 0, idleSinceMs: performance.now() };
    tail.then(
      (loaded) => (entry.ready = loaded),
      () => this.#entries.delete(scheduleId),
    );
    this.#entries.set(scheduleId, entry);
    return entry;
  }

  async #load(scheduleId: bigint): Promise<QueueTail> {
    const snapshot = await readSnapshot(this.#pool, scheduleId);
    if (snapshot === undefined) throw refuse('QUEUE_UNKNOWN', `schedule ${scheduleId} has no queue`);
    return new QueueTail(scheduleId, snapshot);
  }

  async #readChanges(): Promise<boolean> {
    this.#dropIdle();
    const tails = this.#ready();
    if (tails.size === 0) return false;
    const known = [...tails.values()].map(({ scheduleId, revision }) => ({ scheduleId, revision }));
    const read = await readChangesSince(this.#pool, known, changesMax);
    for (const { scheduleId, changes } of read) {
      const tail = tails.get(scheduleId);
      if (tail !== undefined) await this.#append(tail, changes);
    }
    return read.some(({ changes }) => changes.length === changesMax);
  }

  /** What has been forgotten before it was read (a worker that stood still for minutes) is made up for by a snapshot. */
  async #append(tail: QueueTail, changes: Parameters<QueueTail['append']>[0]): Promise<void> {
    try {
      tail.append(changes);
    } catch (error) {
      if (!(error instanceof BoardGap)) throw error;
      this.#log.warn({ err: error, scheduleId: String(tail.scheduleId) }, 'changes are missing: reading a snapshot');
      const snapshot = await readSnapshot(this.#pool, tail.scheduleId);
      if (snapshot !== undefined) tail.reset(snapshot);
    }
  }

  async #readStates(): Promise<boolean> {
    const tails = this.#ready();
    if (tails.size === 0) return false;
    const states = await readStatuses(this.#pool, [...tails.keys()]);
    for (const [scheduleId, state] of states) tails.get(scheduleId)?.refresh(state);
    return false;
  }

  #ready(): Map<bigint, QueueTail> {
    return new Map([...this.#entries].flatMap(([id, { ready }]) => (ready === undefined ? [] : [[id, ready]])));
  }

  #dropIdle(): void {
    const idleSinceMs = performance.now() - idleMsMax;
    for (const [scheduleId, entry] of this.#entries) {
      if (entry.watchers === 0 && entry.ready !== undefined && entry.idleSinceMs < idleSinceMs) {
        this.#entries.delete(scheduleId);
      }
    }
  }
}
