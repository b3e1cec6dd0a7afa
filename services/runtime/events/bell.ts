/** Rung by some, heard by all who wait for it at that moment. */
export class Bell {
  readonly #waiting = new Set<() => void>();
  #rings = 0;

  /** How often it was rung. Take it before looking at what the bell tells of, and no ring is missed. */
  get rings(): number {
    return this.#rings;
  }

  ring(): void {
    this.#rings++;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Waits until it has been rung more often than `heard`, at most `limitMs`, or until the signal is aborted. */
  async rungAfter(heard: number, limitMs: number, signal: AbortSignal): Promise<void> {
    if (this.#rings > heard || limitMs <= 0 || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const timer = setTimeout(wake, limitMs);
    signal.addEventListener('abort', wake);
    this.#waiting.add(wake);
    await promise;
    this.#waiting.delete(wake);
    signal.removeEventListener('abort', wake);
    clearTimeout(timer);
  }
}
