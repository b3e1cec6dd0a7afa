const dateResolutionMs = 1_000;

/**
 * The server's clock, as far as its answers tell: `Date` says the second in which an answer was made, at some moment
 * between asking and hearing. Every answer narrows what the difference to our own clock can be.
 */
export class ServerClock {
  #lowestMs = -Infinity;
  #highestMs = Infinity;
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Takes an answer's `Date` in; `askedMs` is our own time when it was asked for. */
  learn(date: string | null, askedMs: number): void {
    const serverMs = date === null ? NaN : Date.parse(date);
    if (Number.isNaN(serverMs)) {
      return;
    }
    const lowest = serverMs - this.#now();
    const highest = serverMs + dateResolutionMs - askedMs;
    this.#lowestMs = Math.max(this.#lowestMs, lowest);
    this.#highestMs = Math.min(this.#highestMs, highest);
    if (this.#lowestMs > this.#highestMs) {
      // One of the clocks was set, or this machine slept: only the newest answer counts.
      [this.#lowestMs, this.#highestMs] = [lowest, highest];
    }
  }

  /** What time it is at the server, in milliseconds. */
  get nowMs(): number {
    const known = Number.isFinite(this.#lowestMs);
    return this.#now() + (known ? (this.#lowestMs + this.#highestMs) / 2 : 0);
  }

  /** Seconds from now until a moment; negative when it is past. */
  secondsUntil(at: string): number {
    return (Date.parse(at) - this.nowMs) / 1_000;
  }
}

/** The clock of the server that this page came from. */
export const serverClock = new ServerClock();
