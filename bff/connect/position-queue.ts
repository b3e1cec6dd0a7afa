import { refuse } from '@boxoffice/runtime/error';
import { isFinal, type PositionAnswer } from '../answers/position.ts';
import { revisionOf, type PositionSink } from '../positions/position-watcher.ts';

/** A position on its way to a reader, and the revision it held at. */
export interface SentPosition {
  readonly answer: PositionAnswer;
  readonly revision: bigint;
}

/** Hands positions from the rounds over all watchers to one reader that takes them one by one: the newest, no backlog. */
export class PositionQueue implements PositionSink {
  readonly #onClose: () => void;
  #next: SentPosition | undefined;
  #last: SentPosition | undefined;
  #fullSinceMs: number | undefined;
  #ended: Error | 'final' | undefined;
  #closed = false;
  #wake = Promise.withResolvers<void>();

  constructor(onClose: () => void) {
    this.#onClose = onClose;
  }

  get ready(): boolean {
    return this.#next === undefined && this.#ended === undefined;
  }

  get fullSinceMs(): number | undefined {
    return this.#fullSinceMs;
  }

  send(_event: 'position', answer: PositionAnswer, id: string | undefined): void {
    this.#put({ answer, revision: revisionOf(id) ?? this.#last?.revision ?? 0n });
  }

  /** Says again what was said last: the contract has no other sign of life. */
  heartbeat(): void {
    if (this.ready && this.#last !== undefined) {
      this.#put(this.#last);
    }
  }

  end(): void {
    const isOver = this.#last !== undefined && isFinal(this.#last.answer);
    this.#finish(isOver ? 'final' : refuse('DRAINING', 'this process ends: connect again', { retryAfterMs: 1_000 }));
  }

  drop(): void {
    this.#finish(refuse('DRAINING', 'the reader has taken nothing for too long'));
  }

  /**
   * The next position; undefined behind the last one.
   *
   * @throws ServiceError DRAINING; the signal's reason when that is aborted.
   */
  async take(signal: AbortSignal): Promise<SentPosition | undefined> {
    const interrupt = (): void => this.#wake.resolve();
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        const next = this.#next;
        if (next !== undefined) {
          this.#next = undefined;
          this.#fullSinceMs = undefined;
          return next;
        }
        if (this.#ended === 'final') return undefined;
        if (this.#ended !== undefined) throw this.#ended;
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      }
    } finally {
      signal.removeEventListener('abort', interrupt);
    }
  }

  /** The reader has gone. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#onClose();
    }
  }

  #put(position: SentPosition): void {
    this.#last = position;
    this.#next = position;
    this.#fullSinceMs = performance.now();
    this.#wake.resolve();
  }

  #finish(how: Error | 'final'): void {
    this.#ended ??= how;
    this.#wake.resolve();
  }
}
