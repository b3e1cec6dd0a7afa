import { refuse } from './error.ts';
import { inScope } from './telemetry/scope.ts';

/** Something that is kept up to date by a stream of its own, for as long as somebody looks at it. */
export interface LiveFeed extends AsyncDisposable {
  /** Somebody depends on it at this moment. */
  readonly busy: boolean;
  /** When it was last asked for, by the clock of `performance.now()`. */
  readonly usedAtMs: number;
  /** When its stream last said something, or it began, by the same clock. */
  readonly heardAtMs: number;
}

interface LiveFeedsOptions<Feed> {
  /** Begins the feed of a schedule. It calls `drop` when there turns out to be no such thing: it may be there for the next. */
  readonly begin: (scheduleId: bigint, drop: () => void) => Feed;
  /** What they tell, in the plural, for refusals. */
  readonly things: string;
  /** A feed that nobody has asked for or depends on for so long is ended. */
  readonly idleMs: number;
  /** Feeds at once. */
  readonly feedsMax: number;
}

/** The feeds of what somebody looks at: one a schedule, however many look. */
export class LiveFeeds<Feed extends LiveFeed> implements AsyncDisposable {
  readonly #options: LiveFeedsOptions<Feed>;
  readonly #feeds = new Map<bigint, Feed>();
  readonly #idleTimer: NodeJS.Timeout;
  #closed = false;

  constructor(options: LiveFeedsOptions<Feed>) {
    this.#options = options;
    this.#idleTimer = setInterval(() => this.#dropIdle(), options.idleMs / 2).unref();
  }

  /** How many there are. */
  get open(): number {
    return this.#feeds.size;
  }

  /** How long the one that has heard nothing for the longest time has heard nothing; 0 when there are none. */
  get silentMs(): number {
    const now = performance.now();
    return [...this.#feeds.values()].reduce((longest, { heardAtMs }) => Math.max(longest, now - heardAtMs), 0);
  }

  /** The feed of a schedule, if there is one. */
  peek(scheduleId: bigint): Feed | undefined {
    return this.#feeds.get(scheduleId);
  }

  /**
   * The feed of a schedule, begun when there is none.
   *
   * @throws ServiceError DRAINING when this is disposed; DEPENDENCY_UNAVAILABLE when all feeds that there may be are depended on.
   */
  of(scheduleId: bigint): Feed {
    const { begin, things } = this.#options;
    if (this.#closed) throw refuse('DRAINING', `${things} are not served any more`);
    const known = this.#feeds.get(scheduleId);
    if (known !== undefined) return known;
    this.#makeRoom();
    // It outlives the request that it is begun for.
    const feed: Feed = inScope({}, () => begin(scheduleId, () => this.#drop(scheduleId, feed)));
    this.#feeds.set(scheduleId, feed);
    return feed;
  }

  /** Ends all feeds; whoever waits for one is refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearInterval(this.#idleTimer);
    const feeds = [...this.#feeds.values()];
    this.#feeds.clear();
    await Promise.all(feeds.map((feed) => feed[Symbol.asyncDispose]()));
  }

  #makeRoom(): void {
    const { feedsMax, things } = this.#options;
    if (this.#feeds.size < feedsMax) return;
    const idle = [...this.#feeds].filter(([, feed]) => !feed.busy).sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs)[0];
    if (idle === undefined) {
      throw refuse('DEPENDENCY_UNAVAILABLE', `${things} of too many dates are looked at at once`, {
        retryAfterMs: 1_000,
      });
    }
    this.#drop(...idle);
  }

  #dropIdle(): void {
    const idleSinceMs = performance.now() - this.#options.idleMs;
    for (const [scheduleId, feed] of this.#feeds) {
      if (!feed.busy && feed.usedAtMs < idleSinceMs) this.#drop(scheduleId, feed);
    }
  }

  #drop(scheduleId: bigint, feed: Feed): void {
    if (this.#feeds.get(scheduleId) === feed) this.#feeds.delete(scheduleId);
    void feed[Symbol.asyncDispose]();
  }
}
