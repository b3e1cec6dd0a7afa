import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import {
  DrawSchema,
  QueueChangeSchema,
  QueueChange_LeftSchema,
  QueueState,
  QueueStatusSchema,
  WatchQueueResponseSchema,
  type QueueChange,
  type WatchQueueResponse,
} from '@boxoffice/proto/queue';
import fc from 'fast-check';

import { BoardGap, DrawnOrder, PositionBoard, type Standing } from '../position-board.ts';
import { LeftLine } from '../position-board/left-line.ts';
import { snapshotPieces } from '../position-board/snapshot.ts';

/** What can happen to a line, with places relative to it, so that every sequence makes sense. */
type Step =
  | { readonly kind: 'join'; readonly count: number }
  | { readonly kind: 'admit'; readonly count: number }
  | { readonly kind: 'leave'; readonly places: readonly number[] }
  | { readonly kind: 'end' };

const steps = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('join' as const), count: fc.integer({ min: 1, max: 6_000 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('admit' as const), count: fc.integer({ min: 1, max: 3_000 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('leave' as const),
        places: fc.array(fc.nat({ max: 10_000 }), { maxLength: 50 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const) }) },
  ),
  { maxLength: 40 },
);

/** The line as a newcomer would write it: one entry a ticket, and every question answered by looking at all of them. */
class NaiveLine {
  /** By number; by place once the lobby was drawn. */
  tickets: ('waiting' | 'served' | 'left')[] = [];
  revision = 0n;
  inLobby = false;
  #order: DrawnOrder | undefined;

  /** Puts everybody where they were drawn to; gives the change that tells it. */
  draw(seed: Uint8Array): QueueChange['change'] {
    const lots = { seed, count: BigInt(this.tickets.length) };
    const order = new DrawnOrder(lots);
    this.tickets = this.tickets.map((_, index) => this.tickets[order.number(index + 1) - 1] ?? 'left');
    this.#order = order;
    this.inLobby = false;
    return create(QueueChangeSchema, { change: { case: 'drawn', value: lots } }).change;
  }

  /** The place of a ticket, if it has one. */
  place(number: number): number | undefined {
    return this.inLobby ? undefined : (this.#order?.place(number) ?? number);
  }

  /** Takes a step; gives the change that tells it, unless nothing changed. */
  take(step: Step): QueueChange['change'] | undefined {
    const waiting = this.tickets.flatMap((state, index) => (state === 'waiting' ? [index] : []));
    switch (step.kind) {
      case 'join':
        this.tickets.push(...Array.from({ length: step.count }, () => 'waiting' as const));
        return undefined;
      case 'admit':
        return this.#admit(waiting.slice(0, step.count));
      case 'leave':
        return this.#leave([...new Set(step.places.flatMap((place) => waiting[place] ?? []))].sort((a, b) => a - b));
      case 'end':
        return { case: 'ended', value: ended([1n]) };
    }
  }

  standing(number: number): Standing {
    const place = this.place(number) ?? number;
    const state = this.tickets[place - 1];
    if (state !== 'waiting') return { status: state ?? 'left' };
    const before = this.inLobby ? [] : this.tickets.slice(0, place - 1);
    return { status: 'waiting', ahead: before.filter((one) => one === 'waiting').length };
  }

  #admit(indexes: readonly number[]): QueueChange['change'] | undefined {
    for (const index of indexes) this.tickets[index] = 'served';
    const last = indexes.at(-1);
    if (last === undefined) return undefined;
    const { change } = create(QueueChangeSchema, {
      change: { case: 'admitted', value: { through: BigInt(last + 1), count: indexes.length } },
    });
    return change;
  }

  #leave(indexes: readonly number[]): QueueChange['change'] | undefined {
    for (const index of indexes) this.tickets[index] = 'left';
    const numbers = indexes.map((index) => BigInt(index + 1));
    if (numbers.length === 0) return undefined;
    return create(QueueChangeSchema, { change: { case: 'left', value: { numbers } } }).change;
  }
}

function ended(numbers: bigint[]) {
  const { change } = create(QueueChangeSchema, { change: { case: 'ended', value: { numbers } } });
  if (change.case !== 'ended') throw new Error('unreachable');
  return change.value;
}

function changed(revision: bigint, change: QueueChange['change']): WatchQueueResponse {
  return create(WatchQueueResponseSchema, {
    event: { case: 'change', value: create(QueueChangeSchema, { revision, change }) },
  });
}

function lobbyStatus(revision: bigint, lastNumber: number): WatchQueueResponse {
  const value = { revision, lastNumber: BigInt(lastNumber), state: QueueState.SCHEDULED, inLobby: true };
  return create(WatchQueueResponseSchema, { event: { case: 'status', value } });
}

function status(revision: bigint, lastNumber: number, admissionsPerSecond?: number): WatchQueueResponse {
  const value = create(QueueStatusSchema, {
    revision,
    lastNumber: BigInt(lastNumber),
    state: QueueState.OPEN,
    ...(admissionsPerSecond !== undefined && { admissionsPerSecond }),
  });
  return create(WatchQueueResponseSchema, { event: { case: 'status', value } });
}

/** Who was served and then asked about is "served" to a board, also when they left before. */
function expectSame(board: PositionBoard, line: NaiveLine): void {
  const served = Number(board.servedThrough);
  const length = line.tickets.length;
  const looks = new Set([
    1,
    2,
    served,
    served + 1,
    served + 2,
    Math.ceil(length / 2),
    2_048,
    2_049,
    length - 1,
    length,
  ]);
  for (const number of looks) {
    if (number < 1 || number > length) continue;
    const place = line.place(number);
    const expected = (place ?? number) <= served ? { status: 'served' } : line.standing(number);
    expect([number, board.place(BigInt(number)), board.standing(BigInt(number))]).toEqual([number, place, expected]);
  }
  expect(board.waiting).toBe(line.tickets.filter((state) => state === 'waiting').length);
}

describe('a position board', () => {
  test('answers like a list of all tickets, whatever happens', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const [line, board] = [new NaiveLine(), new PositionBoard()];
        for (const step of history) {
          const change = line.take(step);
          if (change !== undefined) board.apply(changed((line.revision += 1n), change));
          board.apply(status(line.revision, line.tickets.length));
          expectSame(board, line);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is the same when it starts from a snapshot in the middle', () => {
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const [line, board] = [new NaiveLine(), new PositionBoard()];
        for (const step of before) {
          const change = line.take(step);
          if (change !== undefined) board.apply(changed((line.revision += 1n), change));
        }
        const other = new PositionBoard();
        for (const message of board.snapshot()) other.apply(message);
        expect(other.revision).toBe(board.revision);
        for (const step of after) {
          const change = line.take(step);
          if (change !== undefined) other.apply(changed((line.revision += 1n), change));
        }
        other.apply(status(line.revision, line.tickets.length));
        expectSame(other, line);
      }),
      { numRuns: 40 },
    );
  });

  test('answers like a list when a lobby is drawn in the middle, also after a snapshot before or after that', () => {
    const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(steps, seeds, steps, (before, seed, after) => {
        const line = new NaiveLine();
        let boards = [new PositionBoard()];
        const tell = (change: QueueChange['change'] | undefined): void => {
          if (change !== undefined) line.revision += 1n;
          for (const board of boards) {
            if (change !== undefined) board.apply(changed(line.revision, change));
            // In the end the status is ahead of the draw, as it may be.
            board.apply((line.inLobby ? lobbyStatus : status)(line.revision, line.tickets.length));
            expect(board.inLobby).toBe(line.inLobby);
            expectSame(board, line);
          }
        };
        const copy = (): void => {
          const other = new PositionBoard();
          for (const message of boards[0]?.snapshot() ?? []) other.apply(message);
          boards = [...boards, other];
        };
        line.inLobby = true;
        tell(undefined);
        for (const step of before) if (step.kind !== 'admit') tell(line.take(step));
        copy();
        tell(undefined);
        for (const board of boards) board.apply(status(line.revision, line.tickets.length));
        tell(line.draw(seed));
        copy();
        for (const step of after) tell(line.take(step));
      }),
      { numRuns: 30 },
    );
  });

  test('stays a lobby until the draw comes, whatever a status says before it', () => {
    const board = new PositionBoard();
    board.apply(lobbyStatus(0n, 4));
    board.apply(status(0n, 4));
    expect([board.inLobby, board.place(3n), board.standing(3n)]).toEqual([
      true,
      undefined,
      { status: 'waiting', ahead: 0 },
    ]);
    board.apply(changed(1n, { case: 'left', value: create(QueueChange_LeftSchema, { numbers: [3n] }) }));
    expect(board.standing(3n)).toEqual({ status: 'left' });
    const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
    const draw = create(DrawSchema, { seed, count: 4n });
    board.apply(changed(2n, { case: 'drawn', value: draw }));
    board.apply(lobbyStatus(2n, 5));
    expect(board.inLobby).toBe(false);
    const order = new DrawnOrder(draw);
    expect([1n, 2n, 4n, 5n].map((number) => board.place(number))).toEqual([1, 2, 4, 5].map((n) => order.place(n)));
    expect(board.standing(3n)).toEqual({ status: 'left' });
    expect(board.standing(5n)).toEqual({ status: 'waiting', ahead: 3 });
    expect(board.waiting).toBe(4);
  });

  test('of a million that were drawn takes less than 2 MB', () => {
    const count = 1_000_000;
    const left = new LeftLine();
    for (let number = 7; number <= count; number += 20) left.add(number);
    const pieces = snapshotPieces({ revision: 1n, servedThrough: 0n, left });
    const seed = new Uint8Array(32).fill(9);
    const before = memoryOf();
    const board = new PositionBoard();
    for (const value of pieces) board.apply(create(WatchQueueResponseSchema, { event: { case: 'snapshot', value } }));
    board.apply(lobbyStatus(1n, count));
    board.apply(changed(2n, { case: 'drawn', value: create(DrawSchema, { seed, count: BigInt(count) }) }));
    expect(memoryOf() - before).toBeLessThan(2_000_000);
    expect(board.waiting).toBe(950_000);
  });

  test('never lets anybody fall back', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const [line, board] = [new NaiveLine(), new PositionBoard()];
        const best = new Map<number, number>();
        for (const step of history) {
          const change = line.take(step);
          if (change !== undefined) board.apply(changed((line.revision += 1n), change));
          for (let number = 1; number <= line.tickets.length; number += 997) {
            const standing = board.standing(BigInt(number));
            if (standing.status !== 'waiting') continue;
            expect(standing.ahead).toBeLessThanOrEqual(best.get(number) ?? Number.POSITIVE_INFINITY);
            best.set(number, standing.ahead);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('passes over what it knows, and does not go on without what it misses', () => {
    const board = new PositionBoard();
    const first = changed(1n, { case: 'ended', value: ended([5n]) });
    expect(board.apply(first)?.ended).toEqual(new Set([5n]));
    expect(board.apply(first)).toBeUndefined();
    expect(() => board.apply(changed(3n, { case: 'ended', value: ended([6n]) }))).toThrow(BoardGap);
    expect(() => board.apply(status(2n, 9))).toThrow(BoardGap);
    expect(board.revision).toBe(1n);
  });

  test('stays as it is until the last piece of a new snapshot has come', () => {
    const left = new LeftLine();
    for (let number = 1; number < 600_000; number += 2) left.add(number);
    const pieces = snapshotPieces({ revision: 9n, servedThrough: 0n, left });
    expect(pieces.length).toBe(3);
    expect(pieces.map(({ last }) => last)).toEqual([false, false, true]);
    expect(pieces.every((piece) => piece.left.length <= 32 * 1024 && piece.firstNumber % 8n === 1n)).toBe(true);
    const board = new PositionBoard();
    const messages = pieces.map((value) => create(WatchQueueResponseSchema, { event: { case: 'snapshot', value } }));
    // A stream that broke off within a snapshot of another revision is no part of it.
    const other = snapshotPieces({ revision: 8n, servedThrough: 0n, left: lineOf([2, 4]) }).map((piece) => ({
      ...piece,
      last: false,
    }));
    for (const value of other) board.apply(create(WatchQueueResponseSchema, { event: { case: 'snapshot', value } }));
    for (const message of messages.slice(0, -1)) {
      expect(board.apply(message)).toBeUndefined();
      expect(board.standing(3n)).toEqual({ status: 'waiting', ahead: 2 });
    }
    expect(board.apply(messages[2] ?? status(0n, 0))).toEqual({ ended: new Set(), anew: true });
    expect(board.standing(3n)).toEqual({ status: 'left' });
    expect(board.standing(600_000n)).toEqual({ status: 'waiting', ahead: 299_999 });
    expect(board.complete).toBe(false);
    board.apply(status(9n, 600_000, 2));
    expect(board.complete).toBe(true);
  });

  test('estimates a wait while the queue is open and somebody was admitted', () => {
    const board = new PositionBoard();
    board.apply(status(0n, 10));
    expect(board.estimatedWait(9)).toBeUndefined();
    board.apply(status(0n, 10, 4));
    expect(board.estimatedWait(9)).toEqual({ seconds: 3, range: undefined });
    board.apply(changed(1n, { case: 'state', value: QueueState.PAUSED }));
    expect(board.estimatedWait(9)).toBeUndefined();
  });

  test('knows that the queue is paused, from a change or a status', () => {
    const board = new PositionBoard();
    board.apply(status(0n, 10));
    expect(board.isPaused).toBe(false);
    expect(board.apply(changed(1n, { case: 'state', value: QueueState.PAUSED }))).toBeDefined();
    expect(board.isPaused).toBe(true);
    board.apply(status(1n, 10));
    expect(board.isPaused).toBe(false);
  });

  test('gives memory back as the line moves on', () => {
    const left = new LeftLine();
    for (let number = 1; number <= 100_000; number++) {
      left.add(number);
      left.forgetThrough(number - 10);
    }
    expect(left.countBetween(99_990, 100_001)).toBe(10);
    expect(left.bitsFrom(1).length).toBeLessThan(1_024);
  });
});

/** Bytes in typed arrays, which are all that grows with a line. */
function memoryOf(): number {
  return process.memoryUsage().arrayBuffers;
}

function lineOf(numbers: readonly number[]): LeftLine {
  const left = new LeftLine();
  for (const number of numbers) left.add(number);
  return left;
}
