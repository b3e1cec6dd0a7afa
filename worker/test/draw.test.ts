import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { TicketStatus, type Ticket } from '@boxoffice/proto/queue';
import { LiveBoards, type PositionBoard } from '@boxoffice/queue/position-board';
import { readStandings } from '@boxoffice/queue/read-standings';
import { WaitingRoom } from '@boxoffice/queue/test/waiting-room';
import { createLogger } from '@boxoffice/runtime/log';
import type { App } from '@boxoffice/runtime/program';

import { joinTogether, positions, startWorker, until } from './stage.ts';

/** One that only streams; the queue is opened by another. */
const idle = { TICK_INTERVAL_MS: '60000' };

let room: WaitingRoom;
let streams: App;
beforeAll(async () => {
  room = await WaitingRoom.open(2);
  streams = await startWorker(room, idle);
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

const tomorrow = (): Date => new Date(Date.now() + 86_400_000);

async function open(scheduleId: bigint): Promise<void> {
  await room.pool.query('update queues set opens_at = now() where schedule_id = $1', [scheduleId]);
  const ticking = await startWorker(room);
  await until(
    async () => (await room.admin().getQueue({ scheduleId })).queue?.admittedTotal,
    (admitted) => admitted === 5n,
  );
  await ticking[Symbol.asyncDispose]();
}

function liveBoards(address: string): LiveBoards {
  return new LiveBoards({
    client: positions(room, address),
    log: createLogger('test', 'silent'),
    staleAfterMs: 3_000,
  });
}

/** A board as of the last revision, when it has come so far. */
async function upToDate(boards: LiveBoards, scheduleId: bigint): Promise<PositionBoard> {
  const { rows } = await room.pool.query<{ revision: bigint }>('select revision from queues where schedule_id = $1', [
    scheduleId,
  ]);
  return until(
    () => boards.board(scheduleId, { waitMs: 15_000 }),
    (board) => board.revision === rows[0]?.revision,
  );
}

async function expectSame(board: PositionBoard, scheduleId: bigint, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, index) => BigInt(index + 1));
  const rows = await readStandings(room.pool, scheduleId, numbers);
  expect(rows).toHaveLength(count);
  for (const { number, status, ahead, place } of rows) {
    const standing = board.standing(number);
    expect([number, standing.status === 'waiting']).toEqual([number, status === 'WAITING']);
    if (standing.status !== 'waiting') continue;
    expect([number, standing.ahead, board.place(number)]).toEqual([
      number,
      Number(ahead),
      place === null ? undefined : Number(place),
    ]);
  }
}

test('boards that were fed across the draw, resumed after it, or begun after it say what the tables say', async () => {
  const scheduleId = await room.schedule({ maxActive: 5 }, tomorrow());
  const tokens = await joinTogether(room, scheduleId, 120);
  for (const index of [0, 1, 60]) await room.queue().leave({ token: tokens[index] ?? '' });
  const own = await startWorker(room, idle);
  const port = own.address.split(':').at(-1) ?? '';
  await using live = liveBoards(streams.address);
  await using resumed = liveBoards(own.address);
  for (const boards of [live, resumed]) {
    const board = await upToDate(boards, scheduleId);
    expect([board.inLobby, board.waiting]).toEqual([true, 117]);
    await expectSame(board, scheduleId, 120);
  }
  const kept = await resumed.board(scheduleId);
  await own[Symbol.asyncDispose]();

  await open(scheduleId);
  const late = await joinTogether(room, scheduleId, 10);
  for (const token of [tokens[70], tokens[71], late[3]]) await room.queue().leave({ token: token ?? '' });
  await startWorker(room, { ...idle, WORKER_PORT: port });
  await using begun = liveBoards(streams.address);
  for (const boards of [live, resumed, begun]) {
    const board = await upToDate(boards, scheduleId);
    expect(board.inLobby).toBe(false);
    await expectSame(board, scheduleId, 130);
  }
  expect(await resumed.board(scheduleId)).toBe(kept);
});

test('a stream that is read from the lobby on never tells of a lobby after its draw, nor of none before', async () => {
  const scheduleId = await room.schedule({ maxActive: 5 }, tomorrow());
  await joinTogether(room, scheduleId, 10);
  const seen: string[] = [];
  const end = new AbortController();
  const reading = (async () => {
    for await (const { event } of positions(room, streams.address).watchQueue({ scheduleId }, { signal: end.signal })) {
      if (event.case === 'change') seen.push(event.value.change.case ?? '');
      if (event.case === 'status') seen.push(event.value.inLobby ? 'lobby' : 'no lobby');
    }
  })().catch(() => undefined);
  await until(
    () => seen,
    (all) => all.includes('lobby'),
  );
  await open(scheduleId);
  await until(
    () => seen,
    (all) => all.includes('no lobby'),
  );
  end.abort();
  await reading;
  const drawn = seen.indexOf('drawn');
  expect(seen.slice(0, drawn).every((one) => one === 'lobby')).toBe(true);
  expect(seen.slice(drawn)).not.toContain('lobby');
});

test('a ticket that is watched is told of the lobby, and then of its place', async () => {
  const scheduleId = await room.schedule({ maxActive: 5 }, tomorrow());
  const tokens = await joinTogether(room, scheduleId, 12);
  const told: Ticket[][] = tokens.map(() => []);
  const end = new AbortController();
  const reading = tokens.map(async (token, index) => {
    for await (const { ticket } of positions(room, streams.address).watchPosition({ token }, { signal: end.signal })) {
      if (ticket !== undefined) told[index]?.push(ticket);
    }
  });
  await until(
    () => told,
    (all) => all.every(([first]) => first?.inLobby === true),
  );
  expect(told.every(([first]) => first?.ahead === 0n && first.opensAt !== undefined)).toBe(true);
  await open(scheduleId);
  await until(
    () => told,
    (all) => all.every((ofOne) => ofOne.at(-1)?.inLobby === false),
  );
  end.abort();
  await Promise.allSettled(reading);
  const last = told.map((ofOne) => ofOne.at(-1));
  const places = last.map((ticket) => Number(ticket?.place));
  expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  for (const ticket of last) {
    const waits = Number(ticket?.place) > 5;
    expect(ticket?.status).toBe(waits ? TicketStatus.WAITING : TicketStatus.ADMITTED);
    if (waits) expect(ticket).toMatchObject({ ahead: BigInt(Number(ticket?.place) - 6) });
  }
});
