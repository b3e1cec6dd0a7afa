import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from '@boxoffice/runtime/testing/tests';
import { createLogger } from '@boxoffice/runtime/log';
import { LiveBoards, type PositionBoard } from '@boxoffice/queue/position-board';
import { refusal } from '@boxoffice/queue/test/refusal';
import { WaitingRoom } from '@boxoffice/queue/test/waiting-room';
import type { App } from '@boxoffice/runtime/program';

import { positions, startWorker, until } from './stage.ts';

let room: WaitingRoom;
let worker: App;
let boards: LiveBoards;
beforeAll(async () => {
  room = await WaitingRoom.open();
  worker = await startWorker(room);
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});
beforeEach(() => {
  boards = liveBoards(worker.address);
});
afterEach(async () => {
  await boards[Symbol.asyncDispose]();
});

function liveBoards(
  address: string,
  options: { idleMs?: number; staleAfterMs?: number; boardsMax?: number } = {},
): LiveBoards {
  return new LiveBoards({ client: positions(room, address), log: createLogger('test', 'silent'), ...options });
}

async function pausedQueue(members: number): Promise<{ scheduleId: bigint; tokens: string[] }> {
  const scheduleId = await room.schedule();
  await room.admin().pauseQueue({ scheduleId });
  return { scheduleId, tokens: (await room.join(scheduleId, members)).map(({ token }) => token) };
}

test('a board is complete when it is given out, and stays up to date', async () => {
  const { scheduleId, tokens } = await pausedQueue(3);
  const board = await boards.board(scheduleId);
  expect(board.standing(3n)).toEqual({ status: 'waiting', ahead: 2 });
  expect(board.waiting).toBe(3);
  await room.queue().leave({ token: tokens[0] ?? '' });
  await until(
    async () => (await boards.board(scheduleId)).standing(3n),
    (standing) => standing.status === 'waiting' && standing.ahead === 1,
  );
});

test('many who ask at once share one board', async () => {
  const { scheduleId } = await pausedQueue(1);
  const all = await Promise.all(Array.from({ length: 50 }, () => boards.board(scheduleId)));
  expect(new Set(all).size).toBe(1);
});

test('a listener hears of every change, with who is over, until it lets go', async () => {
  const scheduleId = await room.schedule({ maxActive: 1 });
  const ended: bigint[] = [];
  const revisions: bigint[] = [];
  const listener = (board: PositionBoard, change: { ended: ReadonlySet<bigint> }): void => {
    revisions.push(board.revision);
    ended.push(...change.ended);
  };
  const subscription = boards.subscribe(scheduleId, listener);
  await boards.board(scheduleId);
  const [first] = await room.join(scheduleId, 2);
  await until(
    async () => (await boards.board(scheduleId)).servedThrough,
    (served) => served === 1n,
  );
  await room.queue().leave({ token: first?.token ?? '' });
  await until(
    () => ended,
    (all) => all.includes(1n),
  );
  await until(
    () => revisions.at(-1),
    (last) => last === 3n,
  );
  subscription[Symbol.dispose]();
  const heard = revisions.length;
  await room.admin().pauseQueue({ scheduleId });
  await until(
    async () => (await boards.board(scheduleId)).revision,
    (revision) => revision === 4n,
  );
  expect(revisions).toHaveLength(heard);
});

test('a queue that does not exist is refused, and found once it is there', async () => {
  const scheduleId = 77_777n;
  expect(await refusal(boards.board(scheduleId))).toBe('QUEUE_UNKNOWN');
  await room.admin().openQueue({ scheduleId });
  expect((await boards.board(scheduleId)).revision).toBe(0n);
});

test('a board whose link is dead is not shown, and is resumed when a worker is back', async () => {
  const { scheduleId, tokens } = await pausedQueue(3);
  const own = await startWorker(room);
  const port = own.address.split(':').at(-1) ?? '';
  await using distant = liveBoards(own.address, { staleAfterMs: 400 });
  const board = await distant.board(scheduleId);
  expect(board.revision).toBe(1n);
  await own[Symbol.asyncDispose]();
  await until(
    () => refusal(distant.board(scheduleId, { waitMs: 10 })),
    (outcome) => outcome === 'DEPENDENCY_UNAVAILABLE',
  );
  await room.queue().leave({ token: tokens[0] ?? '' });
  await startWorker(room, { WORKER_PORT: port });
  const again = await distant.board(scheduleId, { waitMs: 15_000 });
  await until(
    () => again.standing(3n),
    (standing) => standing.status === 'waiting' && standing.ahead === 1,
  );
});

test('a gap is made up for by a snapshot, and listeners are told', async () => {
  const { scheduleId, tokens } = await pausedQueue(4);
  const own = await startWorker(room);
  const port = own.address.split(':').at(-1) ?? '';
  await using distant = liveBoards(own.address, { staleAfterMs: 400 });
  const anew: boolean[] = [];
  distant.subscribe(scheduleId, (_board, change) => anew.push(change.anew));
  await distant.board(scheduleId);
  await own[Symbol.asyncDispose]();
  for (const token of tokens.slice(0, 3)) await room.queue().leave({ token });
  await room.pool.query('delete from changes where schedule_id = $1 and revision <= 3', [scheduleId]);
  await startWorker(room, { WORKER_PORT: port });
  await until(
    async () => distant.board(scheduleId, { waitMs: 15_000 }),
    (board) => board.revision === 4n,
  );
  expect((await distant.board(scheduleId)).standing(4n)).toEqual({ status: 'waiting', ahead: 0 });
  expect(anew).toEqual([true, true]);
});

test('boards that nobody asks for are dropped, and give room to others', async () => {
  const queues = await Promise.all([1, 2, 3].map(() => pausedQueue(1)));
  const [first, second, third] = queues.map(({ scheduleId }) => scheduleId);
  await using few = liveBoards(worker.address, { boardsMax: 2 });
  const kept = await few.board(first ?? 0n);
  few.subscribe(first ?? 0n, () => undefined);
  await few.board(second ?? 0n);
  await few.board(third ?? 0n);
  expect(await few.board(first ?? 0n)).toBe(kept);
  few.subscribe(third ?? 0n, () => undefined);
  expect(await refusal(few.board(second ?? 0n))).toBe('DEPENDENCY_UNAVAILABLE');
});

test('an idle board is dropped after its time', async () => {
  const { scheduleId } = await pausedQueue(1);
  await using short = liveBoards(worker.address, { idleMs: 100 });
  const board = await short.board(scheduleId);
  await until(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 250));
      return short.board(scheduleId);
    },
    (another) => another !== board,
  );
});

test('whoever waits is refused when the boards are closed, or when they give up', async () => {
  const closing = liveBoards('127.0.0.1:9');
  const waiting = refusal(closing.board(1n, { waitMs: 60_000 }));
  const abort = new AbortController();
  const given = closing.board(1n, { waitMs: 60_000, signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(given).rejects.toThrow('enough');
  await closing[Symbol.asyncDispose]();
  expect(await waiting).toBe('DEPENDENCY_UNAVAILABLE');
  expect(await refusal(closing.board(1n))).toBe('DRAINING');
});
