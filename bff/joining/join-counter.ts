/** Keys counted at most; who comes beyond that is not limited. 100 MB. */
const keysMax = 1_000_000;

/**
 * Counts calls by key within a window of time, in this process. Windows begin at the same moment for all keys, so that a
 * window is forgotten as a whole: no timer and no clock for each key, and a call costs a look into a map.
 */
export class JoinCounter {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #now: () => number;
  #counts = new Map<string, number>();
  #endsMs = 0;

  /** @param now in milliseconds; only differences matter. */
  constructor(max: number, windowMs: number, now: () => number = () => performance.now()) {
    this.#max = max;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** Counts a call. @returns how long to wait, in milliseconds, when it is one too many; else undefined. */
  take(key: string): number | undefined {
    const nowMs = this.#now();
    if (nowMs >= this.#endsMs) {
      this.#endsMs = nowMs + this.#windowMs;
      this.#counts = new Map();
    }
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#max) {
      return this.#endsMs - nowMs;
    }
    if (count > 0 || this.#counts.size < keysMax) {
      this.#counts.set(key, count + 1);
    }
    return undefined;
  }
}
