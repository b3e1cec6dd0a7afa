import { setImmediate } from 'node:timers/promises';
import type { LiveBoards } from '@boxoffice/queue/position-board';
import { reasonOf } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';
import type { Admissions } from '../caller/admissions.ts';
import { isFinal } from '../answers/position.ts';
import type { Positions } from '../positions/positions.ts';
import type { LiveSeatMaps } from './live-seat-maps.ts';
import { SeatFrames } from './seat-frames.ts';
import type { SeatMap } from './seat-map.ts';
import type { SeatWatcher } from './seat-watcher.ts';

interface SeatAudienceOptions {
  readonly scheduleId: bigint;
  readonly map: SeatMap;
  readonly maps: Pick<LiveSeatMaps, 'subscribe'>;
  /** Say at once whose tickets are over. */
  readonly boards: Pick<LiveBoards, 'subscribe'>;
  readonly admissions: Pick<Admissions, 'forget'>;
  readonly positions: Pick<Positions, 'ask'>;
  readonly log: Logger;
  /** Called when the last watcher has gone. */
  readonly onEmpty: (audience: SeatAudience) => void;
}

// At most so often; what changes together is told together.
const roundEveryMs = 100;
// Who did not keep up is looked at again.
const laggardsAfterMs = 250;
// Watchers looked at in one go: a few milliseconds, in which nobody else is answered.
const watchersAtOnce = 256;
const checkRoundMs = 500;
const checkEveryMs = 4_000;
const checksAtOnceMax = 64;
const checkTimeoutMs = 5_000;
/** So many checks in a row may fail for the Queue being away. */
const checksMissedMax = 10;

/** Looks after the watchers of one date: sends them what changes, and asks the Queue whether their tickets still hold. */
export class SeatAudience implements Disposable {
  readonly watchers = new Set<SeatWatcher>();
  readonly #options: SeatAudienceOptions;
  readonly #frames: SeatFrames;
  readonly #subscriptions = new DisposableStack();
  readonly #gone = new AbortController();
  readonly #checkTimer: NodeJS.Timeout;
  #roundTimer: NodeJS.Timeout | undefined;
  #lastRoundMs = Number.NEGATIVE_INFINITY;
  #inRound = false;
  #checks = 0;

  constructor(options: SeatAudienceOptions) {
    this.#options = options;
    this.#frames = new SeatFrames(options.map);
    const { scheduleId, maps, boards } = options;
    this.#subscriptions.use(maps.subscribe(scheduleId, () => this.#roundBy(roundEveryMs)));
    this.#subscriptions.use(boards.subscribe(scheduleId, (_board, { ended }) => this.#checkSoon(ended)));
    this.#checkTimer = setInterval(() => this.#checkDue(), checkRoundMs).unref();
  }

  /** Takes a watcher on, and sends it all seats. */
  add(watcher: SeatWatcher, admittedUntil: Date | undefined): void {
    this.#checkLater(watcher, admittedUntil);
    this.watchers.add(watcher);
    watcher.show(this.#options.map, this.#frames);
  }

  remove(watcher: SeatWatcher): void {
    if (this.watchers.delete(watcher) && this.watchers.size === 0) {
      this.#options.onEmpty(this);
    }
  }

  [Symbol.dispose](): void {
    this.#gone.abort();
    this.#subscriptions[Symbol.dispose]();
    clearInterval(this.#checkTimer);
    clearTimeout(this.#roundTimer);
  }

  #roundBy(everyMs: number): void {
    if (this.#roundTimer === undefined && !this.#inRound && !this.#gone.signal.aborted) {
      const delayMs = Math.max(0, this.#lastRoundMs + everyMs - performance.now());
      this.#roundTimer = setTimeout(() => void this.#round(), delayMs).unref();
    }
  }

  /** Never rejects: nothing in it does. */
  async #round(): Promise<void> {
    this.#roundTimer = undefined;
    this.#inRound = true;
    const { map } = this.#options;
    const { version } = map;
    let laggards = 0;
    let looked = 0;
    for (const watcher of this.watchers) {
      if (++looked % watchersAtOnce === 0) {
        await setImmediate();
      }
      laggards += watcher.show(map, this.#frames) ? 0 : 1;
    }
    this.#inRound = false;
    this.#lastRoundMs = performance.now();
    if (map.version !== version) {
      this.#roundBy(roundEveryMs);
    } else if (laggards > 0) {
      this.#roundBy(laggardsAfterMs);
    }
  }

  #checkSoon(ended: ReadonlySet<bigint>): void {
    for (const watcher of ended.size === 0 ? [] : this.watchers) {
      if (ended.has(watcher.token.claims.number)) {
        watcher.checkAtMs = 0;
      }
    }
  }

  #checkDue(): void {
    const now = performance.now();
    for (const watcher of this.watchers) {
      if (this.#checks >= checksAtOnceMax) {
        return;
      }
      if (!watcher.checking && watcher.checkAtMs <= now) {
        this.#checks++;
        watcher.checking = true;
        void this.#check(watcher).finally(() => {
          this.#checks--;
          watcher.checking = false;
        });
      }
    }
  }

  async #check(watcher: SeatWatcher): Promise<void> {
    try {
      const options = { signal: this.#gone.signal, timeoutMs: checkTimeoutMs };
      const answer = await this.#options.positions.ask(watcher.token, options);
      watcher.checksMissed = 0;
      this.#checkLater(watcher, answer.admittedUntil === undefined ? undefined : new Date(answer.admittedUntil));
      if (isFinal(answer)) {
        this.#options.admissions.forget(watcher.token);
        watcher.stream.send('over', answer, undefined);
        watcher.stream.end();
      }
    } catch (error) {
      if (this.#gone.signal.aborted) {
        return;
      }
      watcher.checksMissed++;
      this.#checkLater(watcher, undefined);
      this.#options.log.debug({ err: error }, 'the Queue does not tell how a ticket stands: asked again soon');
      // A ticket that is in no queue any more, or nobody to ask for too long: who connects again is told why.
      if (isVerdict(error) || watcher.checksMissed > checksMissedMax) {
        watcher.stream.end();
      }
    }
  }

  #checkLater(watcher: SeatWatcher, admittedUntil: Date | undefined): void {
    const leftMs = admittedUntil === undefined ? Infinity : admittedUntil.getTime() - Date.now();
    watcher.checkAtMs = performance.now() + Math.max(checkRoundMs, Math.min(checkEveryMs, leftMs));
  }
}

function isVerdict(error: unknown): boolean {
  const reason = reasonOf(error);
  return reason === 'TICKET_UNKNOWN' || reason === 'QUEUE_UNKNOWN' || reason === 'TOKEN_INVALID';
}
