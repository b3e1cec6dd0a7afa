import { create } from '@bufbuild/protobuf';
import {
  QueueStatusSchema,
  type QueueChange,
  type QueueState,
  type QueueStatus,
  type WatchQueueResponse,
} from '@boxoffice/proto/queue';
import { PositionBoard } from '@boxoffice/queue/position-board';

import { change, status } from './messages.ts';

/** Changes that a tail remembers. Who is further behind reads them from the database. */
const recentMax = 1_024;

/**
 * One queue as this worker knows it: its board, and the last of its changes. Shared by all streams of the queue; each takes
 * what it has not sent yet at its own pace, so that a slow reader costs no memory.
 */
export class QueueTail {
  readonly scheduleId: bigint;
  #board = new PositionBoard();
  #status: QueueStatus = create(QueueStatusSchema);
  #statusCount = 0;
  /** The last change of the state that is known. */
  #stateRevision = 0n;
  #recent: QueueChange[] = [];
  readonly #wakes = new Set<() => void>();

  constructor(scheduleId: bigint, snapshot: readonly WatchQueueResponse[]) {
    this.scheduleId = scheduleId;
    this.reset(snapshot);
  }

  /** Positions at {@link revision}. */
  get board(): PositionBoard {
    return this.#board;
  }

  get revision(): bigint {
    return this.#board.revision;
  }

  /** How the queue stood a moment ago, at most one second. */
  get status(): QueueStatus {
    return this.#status;
  }

  /** Grows with every status read: a stream that has sent this one knows that it is nothing new. */
  get statusCount(): number {
    return this.#statusCount;
  }

  /**
   * The changes after a revision that are remembered; undefined when some are not.
   *
   * @returns an empty list when the revision is the last one.
   */
  changesAfter(revision: bigint): readonly QueueChange[] | undefined {
    const missing = Number(this.revision - revision);
    if (missing > this.#recent.length || missing < 0) return undefined;
    return missing === 0 ? [] : this.#recent.slice(-missing);
  }

  /** Starts anew from a snapshot. */
  reset(snapshot: readonly WatchQueueResponse[]): void {
    this.#board = new PositionBoard();
    this.#recent = [];
    this.#stateRevision = 0n;
    for (const message of snapshot) {
      this.#board.apply(message);
      if (message.event.case === 'status') this.#setStatus(message.event.value);
    }
    this.#wake();
  }

  /** Takes the next changes over. @throws BoardGap when some are missing before them. */
  append(changes: readonly QueueChange[]): void {
    for (const value of changes) {
      if (value.revision <= this.revision) continue;
      this.#board.apply(change(value));
      this.#recent.push(value);
      if (value.change.case === 'state') this.#setState(value.revision, value.change.value);
    }
    // In bulk, since taking the first out of an array moves the others.
    if (this.#recent.length > 2 * recentMax) this.#recent.splice(0, this.#recent.length - recentMax);
    this.#wake();
  }

  /**
   * Takes a status over. It may have been read after changes that are still to come: it is told as of the last known. Or before
   * one of the state that has come already: a queue that was paused is not told to be open again.
   */
  refresh(read: QueueStatus): void {
    const { revision } = this;
    const state = read.revision < this.#stateRevision ? this.#board.state : read.state;
    this.#board.apply(status({ ...read, revision, state }));
    this.#setStatus({ ...read, revision, state, inLobby: this.#board.inLobby });
    this.#wake();
  }

  /** Resolves at the next change or status, after `timeoutMs`, or when the signal is aborted. */
  next(signal: AbortSignal, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.#wakes.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake, { once: true });
      this.#wakes.add(wake);
      if (signal.aborted) wake();
    });
  }

  /** A stream that begins is told the last status after the changes. */
  #setState(revision: bigint, state: QueueState): void {
    this.#stateRevision = revision;
    this.#status = { ...this.#status, state };
  }

  #setStatus(read: QueueStatus): void {
    this.#status = read;
    this.#statusCount++;
  }

  #wake(): void {
    for (const wake of [...this.#wakes]) wake();
  }
}
