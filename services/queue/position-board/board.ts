import { create } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  QueueState,
  WatchQueueResponseSchema,
  type Draw,
  type QueueChange,
  type QueueSnapshotPiece,
  type QueueStatus,
  type WatchQueueResponse,
} from '@boxoffice/proto/queue';

import { estimateWait, paceOfStatus, type Pace, type WaitEstimate } from '../estimate.ts';
import { LeftLine } from './left-line.ts';
import { Places } from './places.ts';
import { snapshotPieces } from './snapshot.ts';

/**
 * How a ticket stands, as far as a board knows. `served`: admitted or over, which the Queue tells. In a lobby nobody is ahead of
 * anybody: see {@link PositionBoard.inLobby}.
 */
export type Standing =
  { readonly status: 'waiting'; readonly ahead: number } | { readonly status: 'served' } | { readonly status: 'left' };

/** What an applied message has changed. */
export interface BoardChange {
  /** Admitted tickets that are over now, or are over in another way than before. */
  readonly ended: ReadonlySet<bigint>;
  /** The board was set anew from a snapshot: anything may have ended, ask the Queue. */
  readonly anew: boolean;
}

/** A message tells of a later revision than the next: the feed has to start again from a snapshot. */
export class BoardGap extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BoardGap';
  }
}

const nobody: ReadonlySet<bigint> = new Set();

/**
 * The positions of one queue, in memory, from the messages of `PositionService.WatchQueue`: exact at its revision, whoever
 * computes them. With W served, `ahead(t) = t - W - 1 - |{left : W < left < t}|` for the ticket at place t. Places are numbers,
 * but in a queue whose lobby was drawn: there they are the numbers of those who joined behind it, and of the others computed.
 *
 * A line of a million takes 125 KB, and 48 KB more if all of it was drawn.
 */
export class PositionBoard {
  #revision = 0n;
  #servedThrough = 0;
  /** By place; by number while there is a lobby. */
  #left = new LeftLine();
  readonly #places = new Places();
  /** It has, or had, a lobby. What ends a lobby is its draw and nothing else: a status may be ahead of the changes. */
  #hadLobby = false;
  #opensAt: Timestamp | undefined;
  #lastNumber = 0n;
  #state: QueueState = QueueState.UNSPECIFIED;
  #pace: Pace | undefined;
  #draft: { readonly revision: bigint; readonly left: LeftLine } | undefined;
  #isSet = false;

  /** A whole snapshot and a status have been applied: before, the board knows nothing. */
  get complete(): boolean {
    return this.#isSet && this.#state !== QueueState.UNSPECIFIED;
  }

  /** The last revision applied. */
  get revision(): bigint {
    return this.#revision;
  }

  /** Everyone up to this place is admitted or over. */
  get servedThrough(): bigint {
    return BigInt(this.#servedThrough);
  }

  /** The last number issued, as of at most a second ago. */
  get lastNumber(): bigint {
    return this.#lastNumber;
  }

  get state(): QueueState {
    return this.#state;
  }

  /** Nobody is admitted until an operator resumes it. */
  get isPaused(): boolean {
    return this.#state === QueueState.PAUSED;
  }

  /** Nobody has a place yet: the order of the lobby is drawn by lot at the opening. */
  get inLobby(): boolean {
    return this.#hadLobby && this.#places.draw === undefined;
  }

  /** When the queue opens or opened; undefined before the first status. */
  get opensAt(): Timestamp | undefined {
    return this.#opensAt;
  }

  /** Admissions a second over the last minutes; undefined when nothing can be said. */
  get admissionsPerSecond(): number | undefined {
    return this.#openPace?.perSecond;
  }

  /** How many wait, as of at most a second ago. */
  get waiting(): number {
    const end = Number(this.#lastNumber) + 1;
    return Math.max(0, end - this.#servedThrough - 1 - this.#left.countBetween(this.#servedThrough, end));
  }

  /** How a ticket stands. One that joined a moment ago is known too: nobody has to be told of joins. */
  standing(number: bigint): Standing {
    if (this.inLobby) return this.#left.has(Number(number)) ? { status: 'left' } : { status: 'waiting', ahead: 0 };
    const place = this.#places.of(Number(number));
    if (place <= this.#servedThrough) return { status: 'served' };
    if (this.#left.has(place)) return { status: 'left' };
    const left = this.#left.countBetween(this.#servedThrough, place);
    return { status: 'waiting', ahead: place - this.#servedThrough - 1 - left };
  }

  /** The place of a ticket, in whose order people are admitted; undefined in a lobby. */
  place(number: bigint): number | undefined {
    return this.inLobby ? undefined : this.#places.of(Number(number));
  }

  /** The wait to be expected with so many ahead; undefined when nothing can be said. */
  estimatedWait(ahead: number): WaitEstimate | undefined {
    return estimateWait(ahead, this.#openPace);
  }

  /**
   * Takes a message of the feed over. A change that is known already is passed over, and a snapshot counts when its last
   * piece has come: until then the board stays as it was.
   *
   * @returns what has changed; undefined for a piece, a status, or what was known.
   * @throws BoardGap when changes are missing before this one.
   */
  apply({ event }: WatchQueueResponse): BoardChange | undefined {
    switch (event.case) {
      case 'snapshot':
        return this.#applyPiece(event.value);
      case 'change':
        return this.#applyChange(event.value);
      case 'status':
        this.#applyStatus(event.value);
        return undefined;
      case undefined:
        return undefined;
    }
  }

  /** The messages that set another board to this one's revision. */
  *snapshot(): Generator<WatchQueueResponse> {
    const line = {
      revision: this.#revision,
      servedThrough: this.servedThrough,
      left: this.#left,
      draw: this.#places.draw,
    };
    for (const value of snapshotPieces(line)) {
      yield create(WatchQueueResponseSchema, { event: { case: 'snapshot', value } });
    }
  }

  /** Knows nothing any more, until the next snapshot. */
  forget(): void {
    this.#isSet = false;
    this.#draft = undefined;
  }

  #applyPiece(piece: QueueSnapshotPiece): BoardChange | undefined {
    const servedThrough = Number(piece.servedThrough);
    // A snapshot that broke off is no part of the next one.
    if (this.#draft?.revision !== piece.revision) {
      this.#draft = { revision: piece.revision, left: new LeftLine(servedThrough + 1) };
    }
    this.#draft.left.addBits(Number(piece.firstNumber), piece.left);
    if (!piece.last) return undefined;
    this.#left = this.#draft.left;
    this.#places.draw = piece.draw;
    this.#draft = undefined;
    this.#servedThrough = servedThrough;
    this.#revision = piece.revision;
    this.#isSet = true;
    this.#sawNumber(piece.servedThrough);
    return { ended: nobody, anew: true };
  }

  #applyChange({ revision, change }: QueueChange): BoardChange | undefined {
    if (revision <= this.#revision) return undefined;
    if (revision !== this.#revision + 1n) {
      throw new BoardGap(`revision ${revision} after ${this.#revision}`);
    }
    this.#revision = revision;
    switch (change.case) {
      case 'admitted':
        this.#servedThrough = Number(change.value.through);
        this.#left.forgetThrough(this.#servedThrough);
        this.#sawNumber(change.value.through);
        break;
      case 'left':
        for (const number of change.value.numbers) this.#left.add(Number(number));
        break;
      case 'ended':
        return { ended: new Set(change.value.numbers), anew: false };
      case 'state':
        this.#state = change.value;
        break;
      case 'drawn':
        this.#applyDraw(change.value);
        break;
      case undefined:
        break;
    }
    return { ended: nobody, anew: false };
  }

  /** Who left the lobby has left the place that was drawn for it. */
  #applyDraw(draw: Draw): void {
    const inLobby = this.#left;
    this.#places.draw = draw;
    this.#left = new LeftLine();
    for (const number of inLobby.numbers()) this.#left.add(this.#places.of(number));
  }

  #applyStatus(status: QueueStatus): void {
    if (status.revision > this.#revision) {
      throw new BoardGap(`a status of revision ${status.revision} after ${this.#revision}`);
    }
    this.#state = status.state;
    this.#hadLobby ||= status.inLobby;
    this.#opensAt = status.opensAt;
    this.#pace = paceOfStatus(status);
    this.#sawNumber(status.lastNumber);
  }

  get #openPace(): Pace | undefined {
    return this.#state === QueueState.OPEN ? this.#pace : undefined;
  }

  #sawNumber(number: bigint): void {
    if (number > this.#lastNumber) this.#lastNumber = number;
  }
}
