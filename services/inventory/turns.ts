/** Lets one at a time through for each key, in the order of coming; who waits holds nothing. */
export class Turns {
  readonly #last = new Map<bigint, Promise<void>>();

  /** Does the work when its turn has come; the next one's comes when it is done, well or not. */
  async take<T>(key: bigint, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, done);
    try {
      await before;
      return await work();
    } finally {
      resolve();
      if (this.#last.get(key) === done) this.#last.delete(key);
    }
  }
}
