// The HTTP/2 window (64 KiB) bounds those on their way.
const readAheadMax = 16;

/**
 * The messages of a stream in their order. At most 16 are read ahead of the consumer: `read` is called for each one that
 * there is room for, after a first read that whoever makes the call begins with.
 */
export class ReadAhead<T> implements AsyncIterable<T>, AsyncIterator<T> {
  readonly #read: () => void;
  readonly #messages: T[] = [];
  #waiting: PromiseWithResolvers<IteratorResult<T>> | undefined;
  #isReading = true;
  #end: { error: Error | undefined } | undefined;

  constructor(read: () => void) {
    this.#read = read;
  }

  /** Takes a message that was read. */
  push(message: T): void {
    this.#isReading = false;
    if (this.#waiting === undefined) {
      this.#messages.push(message);
    } else {
      this.#waiting.resolve({ done: false, value: message });
      this.#waiting = undefined;
    }
    this.#readOn();
  }

  /** Ends the stream behind the messages that were read, with an error if there is one. */
  end(error: Error | undefined): void {
    this.#end = { error };
    if (this.#waiting !== undefined) {
      this.#finish(this.#waiting, error);
      this.#waiting = undefined;
    }
  }

  next(): Promise<IteratorResult<T>> {
    const message = this.#messages.shift();
    if (message !== undefined) {
      this.#readOn();
      return Promise.resolve({ done: false, value: message });
    }
    const waiting = Promise.withResolvers<IteratorResult<T>>();
    if (this.#end === undefined) {
      this.#waiting = waiting;
    } else {
      this.#finish(waiting, this.#end.error);
    }
    return waiting.promise;
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return this;
  }

  #readOn(): void {
    if (!this.#isReading && this.#messages.length < readAheadMax) {
      this.#isReading = true;
      this.#read();
    }
  }

  #finish(waiting: PromiseWithResolvers<IteratorResult<T>>, error: Error | undefined): void {
    if (error === undefined) {
      waiting.resolve({ done: true, value: undefined });
    } else {
      waiting.reject(error);
    }
  }
}
