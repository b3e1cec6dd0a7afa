import { useEffect, useState } from 'preact/hooks';

/** A value that components look at: whoever looks is drawn again when it changes. */
export class Signal<T> {
  #value: T;
  readonly #watchers = new Set<(value: T) => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (!Object.is(value, this.#value)) {
      this.#value = value;
      this.#watchers.forEach((watch) => watch(value));
    }
  }

  /** Calls a function on every change, until the function it returns is called. */
  watch(watcher: (value: T) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** The value of a signal, in a component. */
export function useSignal<T>(signal: Signal<T>): T {
  const [, redraw] = useState({});
  useEffect(() => {
    const seen = signal.value;
    const stop = signal.watch(() => redraw({}));
    // It may have changed between drawing and now.
    if (!Object.is(seen, signal.value)) redraw({});
    return stop;
  }, [signal]);
  return signal.value;
}
