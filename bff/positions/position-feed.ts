import { setImmediate } from 'node:timers/promises';
import type { BoardChange, LiveBoards, PositionBoard } from '@boxoffice/queue/position-board';
import type { Logger } from '@boxoffice/runtime/log';
import { lobbyAnswer, waitingAnswer } from '../answers/position.ts';
import type { Positions } from './positions.ts';
import type { PositionWatcher } from './position-watcher.ts';

interface PositionFeedOptions {
  readonly positions: Positions;
  readonly boards: Pick<LiveBoards, 'subscribe'>;
  readonly log: Logger;
  /** Called when the last watcher has gone. */
  readonly onEmpty: (feed: PositionFeed) => void;
}

// At most four rounds a second, at least one. A long one is followed by a longer pause, so that no more than a part of the
// time goes into rounds, but everybody still hears of a change within a second.
const roundEveryMs = 250;
const roundAtLeastEveryMs = 1_000;
const pauseShare = 1;
const pauseMsMax = 250;
// Watchers looked at in one go: a few milliseconds, in which nobody else is answered.
const watchersAtOnce = 256;
// Tickets that do not wait are asked about when the board says that they are over, and now and then, since seats held
// prolong them.
const askEveryMs = 10_000;
const askAgainMs = 1_000;
const asksAtOnceMax = 64;
const askTimeoutMs = 5_000;

/** Looks after the watchers of one queue: a round over all of them when something has changed. */
export class PositionFeed implements Disposable {
  readonly watchers = new Set<PositionWatcher>();
  readonly #scheduleId: bigint;
  readonly #options: PositionFeedOptions;
  readonly #subscription: Disposable;
  readonly #gone = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #nextRoundAtMs = -Infinity;
  #inRound = false;
  #changesInRound = 0;
  readonly #toAsk: PositionWatcher[] = [];
  #asks = 0;

  constructor(scheduleId: bigint, options: PositionFeedOptions) {
    this.#scheduleId = scheduleId;
    this.#options = options;
    this.#subscription = options.boards.subscribe(scheduleId, (_board, change) => this.#onChange(change));
    this.#roundBy(roundEveryMs);
  }

  add(watcher: PositionWatcher): void {
    watcher.askAtMs = performance.now() + askEveryMs;
    this.watchers.add(watcher);
    this.#roundBy(roundEveryMs);
  }

  remove(watcher: PositionWatcher): void {
    if (this.watchers.delete(watcher) && this.watchers.size === 0) {
      this.#options.onEmpty(this);
    }
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    this.#gone.abort();
    clearTimeout(this.#timer);
  }

  #onChange({ ended, anew }: BoardChange): void {
    if (ended.size > 0 || anew) {
      for (const watcher of this.watchers) {
        if (anew || ended.has(watcher.token.claims.number)) {
          watcher.askAtMs = 0;
        }
      }
    }
    this.#roundBy(this.#nextRoundAtMs - performance.now());
  }

  #roundBy(delayMs: number): void {
    const atMs = performance.now() + Math.max(0, delayMs);
    if (this.#inRound) {
      this.#changesInRound++;
    } else if (atMs < this.#timerAtMs && !this.#gone.signal.aborted) {
      clearTimeout(this.#timer);
      this.#timerAtMs = atMs;
      this.#timer = setTimeout(() => void this.#round(), Math.max(0, delayMs)).unref();
    }
  }

  async #round(): Promise<void> {
    this.#timerAtMs = Infinity;
    this.#inRound = true;
    this.#changesInRound = 0;
    const startedMs = performance.now();
    try {
      await this.#lookAtAll();
    } catch (error) {
      if (!this.#gone.signal.aborted) {
        this.#options.log.error({ err: error }, 'a round over position streams failed');
      }
    }
    this.#inRound = false;
    const tookMs = performance.now() - startedMs;
    this.#nextRoundAtMs = Math.max(
      startedMs + roundEveryMs,
      performance.now() + Math.min(tookMs * pauseShare, pauseMsMax),
    );
    this.#roundBy(this.#changesInRound > 0 ? this.#nextRoundAtMs - performance.now() : roundAtLeastEveryMs);
  }

  async #lookAtAll(): Promise<void> {
    const { positions } = this.#options;
    let board = await positions.board(this.#scheduleId, this.#gone.signal);
    let looked = 0;
    for (const watcher of this.watchers) {
      if (++looked % watchersAtOnce === 0) {
        await setImmediate();
        // Meanwhile it may have become one of the past.
        board = positions.boardNow(this.#scheduleId);
      }
      // Without a board nobody knows better than what was sent last: the streams live on by their heartbeats.
      if (board === undefined || this.#gone.signal.aborted) {
        return;
      }
      this.#look(watcher, board);
    }
  }

  #look(watcher: PositionWatcher, board: PositionBoard): void {
    const { number } = watcher.token.claims;
    const standing = board.standing(number);
    if (standing.status !== 'waiting') {
      this.#askAbout(watcher, board.revision);
      return;
    }
    const { inLobby, opensAt, isPaused, revision } = board;
    const { ahead } = standing;
    const estimate = board.estimatedWait(ahead);
    if (watcher.isNews(inLobby ? null : ahead, estimate, isPaused)) {
      const answer = inLobby
        ? lobbyAnswer(number, opensAt, isPaused)
        : waitingAnswer(number, ahead, estimate, isPaused);
      watcher.show({ answer, revision });
    }
  }

  #askAbout(watcher: PositionWatcher, revision: bigint): void {
    if (!watcher.asking && (watcher.waits || performance.now() >= watcher.askAtMs)) {
      watcher.asking = true;
      this.#toAsk.push(watcher);
      this.#askNext(revision);
    }
  }

  #askNext(revision: bigint): void {
    while (this.#asks < asksAtOnceMax && !this.#gone.signal.aborted) {
      const watcher = this.#toAsk.shift();
      if (watcher === undefined) {
        return;
      }
      this.#asks++;
      void this.#ask(watcher, revision).finally(() => {
        this.#asks--;
        watcher.asking = false;
        this.#askNext(revision);
      });
    }
  }

  async #ask(watcher: PositionWatcher, revision: bigint): Promise<void> {
    if (!this.watchers.has(watcher)) {
      return;
    }
    try {
      const options = { signal: this.#gone.signal, timeoutMs: askTimeoutMs };
      const answer = await this.#options.positions.ask(watcher.token, options);
      watcher.askAtMs = performance.now() + askEveryMs;
      watcher.show({ answer, revision });
    } catch (error) {
      watcher.askAtMs = performance.now() + askAgainMs;
      this.#options.log.debug({ err: error }, 'the Queue does not tell how a ticket stands: asked again soon');
    }
  }
}
