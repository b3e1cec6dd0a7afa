/** How long it is where nobody says otherwise. */
const graceMsDefault = 3_000;

/**
 * How long what is under way may still take when a program ends: one time for all of it, so that what ends one after the
 * other does not add up. It begins when somebody first asks how much is left.
 */
export class Grace {
  readonly #graceMs: number;
  #endMs: number | undefined;

  constructor(graceMs: number = graceMsDefault) {
    this.#graceMs = graceMs;
  }

  /** What is left of it now; 0 when it is over. */
  leftMs(): number {
    const nowMs = performance.now();
    this.#endMs ??= nowMs + this.#graceMs;
    return Math.max(0, this.#endMs - nowMs);
  }
}
