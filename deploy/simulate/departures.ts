/** Counts those who have gone away while they waited, a second at a time: in a line of a million, nobody is asked one by one. */
export class Departures {
  /** How many go in each second and have not been let in before. */
  readonly #bySecond = new Map<number, number>();
  #countedTo = -1;
  #gone = 0;

  /** @param goes when each would go, in seconds; Infinity: never. */
  constructor(goes: Float64Array) {
    for (const at of goes) if (at !== Infinity) this.#add(at, 1);
  }

  /** Somebody who would have gone at that time, which is not over, was let in. */
  cancel(at: number): void {
    if (at !== Infinity) this.#add(at, -1);
  }

  /** How many have gone, to the second. Ask with times that rise. */
  until(now: number): number {
    while (this.#countedTo < Math.floor(now) - 1) {
      this.#countedTo += 1;
      this.#gone += this.#bySecond.get(this.#countedTo) ?? 0;
    }
    return this.#gone;
  }

  #add(at: number, change: 1 | -1): void {
    const second = Math.floor(at);
    this.#bySecond.set(second, (this.#bySecond.get(second) ?? 0) + change);
    // Already counted: within the second that is under way.
    if (second <= this.#countedTo) this.#gone += change;
  }
}
