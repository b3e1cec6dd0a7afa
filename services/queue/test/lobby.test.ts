import { createHash } from 'node:crypto';

import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { QueueState, TicketStatus, WatchQueueResponseSchema } from '@boxoffice/proto/queue';

import { AbsenceSweep } from '../presence/absence.ts';
import { tick, tickQueue } from '../admission.ts';
import { readChangesSince, readSnapshot } from '../change-log.ts';
import { emptyClosedQueues } from '../closing.ts';
import { writeDrawnPlaces } from '../lobby/drawn-places.ts';
import { Endings } from '../endings.ts';
import { forgetPresence } from '../presence/presence.ts';
import { DrawnOrder, PositionBoard } from '../position-board.ts';
import { readStandings } from '../read-standings.ts';
import { WaitingRoom, type PolicyParts } from './waiting-room.ts';

const seed = createHash('sha256').update('a seed for tests').digest();
const newSeed = (): Uint8Array => seed;
const tomorrow = (): Date => new Date(Date.now() + 86_400_000);

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open(2);
});
afterAll(async () => {
  // What the planner noted while the tables were small would make it walk along them for each row.
  await room.pool.query('analyze tickets, drawn_places, draws, queues, changes');
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

interface TicketState {
  readonly number: bigint;
  readonly place: bigint | null;
  readonly status: string;
  readonly ticket_id: string;
}

async function ticketsOf(scheduleId: bigint): Promise<TicketState[]> {
  const { rows } = await room.pool.query<TicketState>(
    'select number, place, status, ticket_id from tickets where schedule_id = $1 order by number',
    [scheduleId],
  );
  return rows;
}

/** Lets so many join at once, without tokens. */
async function fill(scheduleId: bigint, count: number, name = 'member'): Promise<void> {
  await room.pool.query(
    `select from join_queue($1, array(select 'house' from generate_series(1, $2::int)),
       array(select $3 || n from generate_series(1, $2::int) n), null)`,
    [scheduleId, count, name],
  );
}

/** One after the other: a change each. */
async function leaveAll(scheduleId: bigint, numbers: readonly number[]): Promise<void> {
  const tickets = await ticketsOf(scheduleId);
  for (const number of numbers) {
    await new Endings(room.pool).leave(leaver(scheduleId, number, tickets));
  }
}

/** At the same moment, in as few groups as that takes. */
async function leaveTogether(scheduleId: bigint, numbers: readonly number[]): Promise<void> {
  const tickets = await ticketsOf(scheduleId);
  const endings = new Endings(room.pool);
  await Promise.all(numbers.map((number) => endings.leave(leaver(scheduleId, number, tickets))));
}

function leaver(scheduleId: bigint, number: number, tickets: Awaited<ReturnType<typeof ticketsOf>>) {
  return { scheduleId, number: BigInt(number), ticketId: tickets[number - 1]?.ticket_id ?? '' };
}

async function makeDue(scheduleId: bigint): Promise<void> {
  await room.pool.query('update queues set opens_at = now() where schedule_id = $1', [scheduleId]);
}

/** A lobby of so many, some of whom have left. */
async function lobby(count: number, leavers: readonly number[] = [], policy: PolicyParts = {}): Promise<bigint> {
  const scheduleId = await room.schedule(policy, tomorrow());
  await fill(scheduleId, count);
  await leaveAll(scheduleId, leavers);
  return scheduleId;
}

/** Numbers in the order of their places. */
function inOrder(count: number): number[] {
  const order = new DrawnOrder({ seed, count: BigInt(count) });
  return Array.from({ length: count }, (_, index) => order.number(index + 1));
}

async function admitted(scheduleId: bigint): Promise<number[]> {
  const { rows } = await room.pool.query<{ number: bigint }>(
    `select number from tickets where schedule_id = $1 and admitted_at is not null order by admitted_at, place`,
    [scheduleId],
  );
  return rows.map(({ number }) => Number(number));
}

async function boardOf(scheduleId: bigint): Promise<PositionBoard> {
  const board = new PositionBoard();
  for (const message of (await readSnapshot(room.pool, scheduleId)) ?? []) board.apply(message);
  return board;
}

/** Brings a board up to date by the changes after the last one it knows. */
async function resume(board: PositionBoard, scheduleId: bigint): Promise<void> {
  const [read] = await readChangesSince(room.pool, [{ scheduleId, revision: board.revision }], 10_000);
  for (const value of read?.changes ?? []) {
    board.apply(create(WatchQueueResponseSchema, { event: { case: 'change', value } }));
  }
}

/** What a board says of every ticket is what the tables say. */
async function expectSame(board: PositionBoard, scheduleId: bigint): Promise<void> {
  const numbers = (await ticketsOf(scheduleId)).map(({ number }) => number);
  for (const row of await readStandings(room.pool, scheduleId, numbers)) {
    const status = row.status === 'WAITING' ? 'waiting' : row.admitted_at === null ? 'left' : 'served';
    const standing = board.standing(row.number);
    // Whoever left from the served part was seen off there: to a board that is the same.
    const seen = standing.status === 'served' && status === 'left' ? 'left' : standing.status;
    expect([row.number, seen]).toEqual([row.number, status]);
    if (standing.status === 'waiting') {
      expect([row.number, standing.ahead]).toEqual([row.number, Number(row.ahead)]);
      expect([row.number, board.place(row.number)]).toEqual([
        row.number,
        row.place === null ? undefined : Number(row.place),
      ]);
    }
  }
}

describe('a lobby', () => {
  test('gives numbers, and no places', async () => {
    const scheduleId = await room.schedule({}, tomorrow());
    const joined = await room.join(scheduleId, 3);
    expect(joined.map(({ ticket }) => ticket?.number)).toEqual([1n, 2n, 3n]);
    await room.queue().leave({ token: joined[0]?.token ?? '' });
    const waits = await room.ticket(joined[2]?.token ?? '');
    expect(waits).toMatchObject({ status: TicketStatus.WAITING, ahead: 0n, inLobby: true });
    expect(waits.place).toBeUndefined();
    expect(waits.opensAt).toBeDefined();
    expect((await ticketsOf(scheduleId)).map(({ place }) => place)).toEqual([null, null, null]);
    expect(await room.changes(scheduleId)).toEqual(['LEFT 1']);
    expect((await room.admin().getQueue({ scheduleId })).queue).toMatchObject({ waiting: 2n, issuedTotal: 3n });
    const board = await boardOf(scheduleId);
    expect([board.inLobby, board.waiting, board.place(2n)]).toEqual([true, 2, undefined]);
    await expectSame(board, scheduleId);
    expect((await tickQueue(room.pool, scheduleId)).opened).toBe(0);
  });

  test('is admitted in the order that is drawn, under the policy, and those behind it after it', async () => {
    const leavers = [3, 50, 51, 52, 299, 300];
    const scheduleId = await lobby(300, leavers, { maxActive: 7 });
    await makeDue(scheduleId);
    expect(await tickQueue(room.pool, scheduleId, 5_000, newSeed)).toMatchObject({ opened: 1, admitted: 7 });
    await fill(scheduleId, 20, 'late ');
    const gone = inOrder(300).filter((_, index) => index % 40 === 30);
    await leaveAll(
      scheduleId,
      gone.filter((number) => !leavers.includes(number)),
    );
    for (let more = 1; more > 0;) {
      await room.pool.query(
        `update tickets set admitted_until = admitted_at + interval '1 microsecond' where schedule_id = $1 and status = 'ADMITTED'`,
        [scheduleId],
      );
      more = (await tickQueue(room.pool, scheduleId)).admitted;
    }
    const late = Array.from({ length: 20 }, (_, index) => 301 + index);
    const expected = inOrder(300).filter((number) => !leavers.includes(number) && !gone.includes(number));
    expect(await admitted(scheduleId)).toEqual([...expected, ...late]);
    const { queue } = await room.admin().getQueue({ scheduleId });
    expect(queue).toMatchObject({ waiting: 0n, issuedTotal: 320n, draw: { count: 300n } });
    expect(Buffer.from(queue?.draw?.seed ?? [])).toEqual(seed);
    await room.assertInvariants();
  });

  test('tells the same by boards, from snapshots and from changes, and by the tables', async () => {
    const scheduleId = await lobby(200, [1, 2, 90, 200], { maxActive: 5 });
    const early = await boardOf(scheduleId);
    await leaveAll(scheduleId, [17]);
    await makeDue(scheduleId);
    await tickQueue(room.pool, scheduleId, 5_000, newSeed);
    await fill(scheduleId, 10, 'late ');
    await leaveAll(
      scheduleId,
      [40, 41, 203, ...inOrder(200).slice(10, 20)].filter((n) => ![1, 2, 17, 90, 200].includes(n)),
    );
    await resume(early, scheduleId);
    const fresh = await boardOf(scheduleId);
    const copied = new PositionBoard();
    for (const message of fresh.snapshot()) copied.apply(message);
    for (const board of [early, fresh, copied]) {
      expect(board.inLobby).toBe(false);
      await expectSame(board, scheduleId);
    }
    expect(early.servedThrough).toBe(fresh.servedThrough);
    expect(fresh.waiting).toBe(Number((await room.admin().getQueue({ scheduleId })).queue?.waiting));
  });

  test('tells where a drawn ticket stands, also at a Queue that has just heard of the draw', async () => {
    const scheduleId = await room.schedule({ maxActive: 1 }, tomorrow());
    const joined = await room.join(scheduleId, 6);
    await makeDue(scheduleId);
    await tickQueue(room.pool, scheduleId, 5_000, newSeed);
    const order = inOrder(6);
    for (const [index, { token }] of joined.entries()) {
      const place = order.indexOf(index + 1) + 1;
      for (const instance of [0, 1]) {
        const { ticket } = await room.queue('bff', instance).getTicket({ token });
        expect(ticket).toMatchObject({ place: BigInt(place), inLobby: false, ahead: BigInt(Math.max(0, place - 2)) });
        expect(ticket?.opensAt).toBeUndefined();
      }
    }
  });

  test('gives nobody an advantage who came early', async () => {
    const scheduleId = await lobby(1_000, [], { maxActive: 500 });
    await makeDue(scheduleId);
    await tickQueue(room.pool, scheduleId, 5_000, newSeed);
    const early = (await admitted(scheduleId)).filter((number) => number <= 500).length;
    // Of 1,000, the half that was first: 250 on average, with a standard deviation of 8.
    expect(early).toBeGreaterThan(225);
    expect(early).toBeLessThan(275);
  });

  test('of nobody opens, and whoever comes then is admitted as they come', async () => {
    const scheduleId = await lobby(0);
    const early = await boardOf(scheduleId);
    await makeDue(scheduleId);
    await tickQueue(room.pool, scheduleId);
    await fill(scheduleId, 3);
    expect((await tickQueue(room.pool, scheduleId, 2)).admitted).toBe(2);
    expect(await admitted(scheduleId)).toEqual([1, 2]);
    await resume(early, scheduleId);
    expect([early.inLobby, (await boardOf(scheduleId)).inLobby]).toEqual([false, false]);
    await expectSame(early, scheduleId);
  });

  test('that everybody has left opens, and leaves no gap before those who come then', async () => {
    const scheduleId = await lobby(5, [1, 2, 3, 4, 5]);
    await makeDue(scheduleId);
    await tickQueue(room.pool, scheduleId);
    await fill(scheduleId, 2, 'late ');
    expect((await tickQueue(room.pool, scheduleId)).admitted).toBe(2);
    expect(await admitted(scheduleId)).toEqual([6, 7]);
  });

  test('of whom thousands in a row have left is passed over to the next who waits', async () => {
    const scheduleId = await lobby(4_000);
    await makeDue(scheduleId);
    await tickQueue(room.pool, scheduleId, 0, newSeed);
    const order = inOrder(4_000);
    const stays = new Set([order[3_700], order[3_998]]);
    await leaveTogether(
      scheduleId,
      order.filter((number) => !stays.has(number)),
    );
    expect((await tickQueue(room.pool, scheduleId, 1)).admitted).toBe(1);
    expect((await tickQueue(room.pool, scheduleId)).admitted).toBe(1);
    expect(await admitted(scheduleId)).toEqual([order[3_700], order[3_998]]);
  });
});

describe('an opening', () => {
  test('by two workers at once draws once', async () => {
    const scheduleId = await lobby(50, [7]);
    await makeDue(scheduleId);
    await Promise.all(Array.from({ length: 6 }, () => tick(room.pool)));
    const changes = await room.changes(scheduleId);
    expect(changes.filter((change) => change === 'DRAWN')).toHaveLength(1);
    expect(changes.filter((change) => change === 'STATE OPEN')).toHaveLength(1);
  });

  test('that breaks off leaves the lobby as it was', async () => {
    const scheduleId = await lobby(20, [4]);
    await makeDue(scheduleId);
    const broken = (): Uint8Array => new Uint8Array(5);
    await expect(tickQueue(room.pool, scheduleId, 10, broken)).rejects.toThrow('draws_seed_check');
    expect(await room.changes(scheduleId)).toEqual(['LEFT 4']);
    await fill(scheduleId, 1, 'one more ');
    expect((await ticketsOf(scheduleId)).every(({ place }) => place === null)).toBe(true);
    expect((await boardOf(scheduleId)).inLobby).toBe(true);
    await tickQueue(room.pool, scheduleId, 0, newSeed);
    expect((await room.admin().getQueue({ scheduleId })).queue?.draw?.count).toBe(21n);
  });

  test('with people rushing in loses nobody: they are in the lobby, or behind it', async () => {
    const scheduleId = await lobby(10);
    await makeDue(scheduleId);
    const joins = Array.from({ length: 300 }, (_, member) =>
      room.queue('bff', member % 2).join({ scheduleId, memberId: `rush ${member}` }),
    );
    const opened = await tickQueue(room.pool, scheduleId, 0, newSeed);
    const joined = await Promise.all(joins);
    expect(opened.opened).toBe(1);
    expect(new Set(joined.map(({ ticket }) => ticket?.number)).size).toBe(300);
    const count = (await room.admin().getQueue({ scheduleId })).queue?.draw?.count ?? 0n;
    const tickets = await ticketsOf(scheduleId);
    expect(tickets.map(({ number }) => number)).toEqual(Array.from({ length: 310 }, (_, index) => BigInt(index + 1)));
    for (const { number, place } of tickets) expect([number, place]).toEqual([number, number <= count ? null : number]);
    await tickQueue(room.pool, scheduleId);
    expect(await admitted(scheduleId)).toHaveLength(310);
    await room.assertInvariants();
  });

  test('with more leavers than fit into one transaction takes several, and tells of none before the last', async () => {
    const scheduleId = await lobby(45_000);
    await room.pool.query(
      `update tickets set status = 'LEFT', ended_at = now() where schedule_id = $1 and number <= 41000`,
      [scheduleId],
    );
    await room.pool.query('update queues set left_total = 41000, revision = 0 where schedule_id = $1', [scheduleId]);
    await makeDue(scheduleId);
    const early = await boardOf(scheduleId);
    expect((await tickQueue(room.pool, scheduleId, 10, newSeed)).opened).toBe(0);
    // Half done: whoever looks sees the lobby, with everybody who left it.
    const between = await boardOf(scheduleId);
    expect([between.inLobby, between.waiting]).toEqual([true, 4_000]);
    await fill(scheduleId, 1, 'late ');
    await leaveAll(scheduleId, [45_000]);
    expect((await tickQueue(room.pool, scheduleId, 10)).opened).toBe(0);
    expect((await tickQueue(room.pool, scheduleId, 10)).opened).toBe(1);
    const stay = inOrder(45_000).filter((number) => number > 41_000 && number < 45_000);
    expect(await admitted(scheduleId)).toEqual(stay.slice(0, 10));
    const fresh = await boardOf(scheduleId);
    for (const board of [early, between]) {
      await resume(board, scheduleId);
      for (const number of [...stay.slice(0, 300), 45_000, 45_001]) {
        expect([number, board.standing(BigInt(number))]).toEqual([number, fresh.standing(BigInt(number))]);
      }
    }
  }, 60_000);
});

describe('a lobby that is paused', () => {
  test('past its opening stays a lobby until it is resumed, and is drawn then', async () => {
    const scheduleId = await lobby(8);
    await room.admin().pauseQueue({ scheduleId });
    await makeDue(scheduleId);
    expect((await tickQueue(room.pool, scheduleId)).opened).toBe(0);
    expect((await boardOf(scheduleId)).inLobby).toBe(true);
    expect((await room.admin().resumeQueue({ scheduleId })).queue?.state).toBe(QueueState.SCHEDULED);
    expect(await tickQueue(room.pool, scheduleId, 3, newSeed)).toMatchObject({ opened: 1, admitted: 3 });
    expect(await admitted(scheduleId)).toEqual(inOrder(8).slice(0, 3));
  });
});

describe('a lobby that is closed', () => {
  test('is not drawn, and sees off who waits', async () => {
    const scheduleId = await lobby(4, [2]);
    await room.admin().closeQueue({ scheduleId });
    await makeDue(scheduleId);
    await tick(room.pool);
    expect(await emptyClosedQueues(room.pool)).toBe(3);
    expect(await room.changes(scheduleId)).toEqual(['LEFT 2', 'STATE CLOSED', 'LEFT 1,3,4']);
    const { queue } = await room.admin().getQueue({ scheduleId });
    expect(queue).toMatchObject({ waiting: 0n, issuedTotal: 4n });
    expect(queue?.draw).toBeUndefined();
  });

  test('after its draw sees off who waits by their places', async () => {
    const scheduleId = await lobby(6, [], { maxActive: 2 });
    await makeDue(scheduleId);
    await tickQueue(room.pool, scheduleId, 5_000, newSeed);
    await room.admin().closeQueue({ scheduleId });
    expect(await emptyClosedQueues(room.pool)).toBe(4);
    expect((await room.changes(scheduleId)).at(-1)).toBe('LEFT 3,4,5,6');
    const order = inOrder(6);
    for (const { number, place } of await ticketsOf(scheduleId)) {
      expect(place).toBe(BigInt(order.indexOf(Number(number)) + 1));
    }
  });
});

test('the absent leave a lobby by their numbers, and a drawn one by their places', async () => {
  const scheduleId = await lobby(40, [], { maxActive: 4, presenceTtl: { seconds: 60n } });
  const order = inOrder(40);
  const sweepAfter = async (numbers: readonly number[]): Promise<number> => {
    await room.pool.query(
      `update tickets set joined_at = now() - interval '1 hour' where schedule_id = $1 and number = any ($2)`,
      [scheduleId, numbers],
    );
    await room.pool.query(
      `insert into reporters (reporter_id, channel, alive_since, reported_at)
       values ('bff', 'front', now() - interval '2 hours', now())
       on conflict (reporter_id) do update set reported_at = now()`,
    );
    return new AbsenceSweep(room.pool).sweep();
  };
  expect(await sweepAfter([5, 9])).toBe(2);
  const board = await boardOf(scheduleId);
  await makeDue(scheduleId);
  await tickQueue(room.pool, scheduleId, 4, newSeed);
  const waiting = order.filter((number) => number !== 5 && number !== 9).slice(4);
  const absent = [30, 3, 17].map((index) => waiting[index] ?? 0);
  expect(await sweepAfter(absent)).toBe(3);
  const places = absent.map((number) => order.indexOf(number) + 1).sort((a, b) => a - b);
  const changes = await room.changes(scheduleId);
  expect([changes[0], changes.at(-1)]).toEqual(['LEFT 5,9', `LEFT ${places.join()}`]);
  await resume(board, scheduleId);
  await expectSame(board, scheduleId);
});

test('presence in a drawn lobby is kept while any of it waits, since low numbers may wait behind high ones', async () => {
  const scheduleId = await lobby(10);
  await makeDue(scheduleId);
  await tickQueue(room.pool, scheduleId, 9, newSeed);
  await room.pool.query(
    'insert into presence (schedule_id, number, seen_at) select $1, n, now() from generate_series(1, 10) n',
    [scheduleId],
  );
  const seen = async (): Promise<number> => {
    await forgetPresence(room.pool);
    return (await room.pool.query('select from presence where schedule_id = $1', [scheduleId])).rowCount ?? 0;
  };
  expect(await seen()).toBe(10);
  await tickQueue(room.pool, scheduleId);
  expect(await seen()).toBe(0);
});

test('the order that was drawn is written down after the opening, by any number of workers', async () => {
  const scheduleId = await lobby(25_000);
  await makeDue(scheduleId);
  await tickQueue(room.pool, scheduleId, 0, newSeed);
  const writeAll = async (): Promise<void> => {
    while (await writeDrawnPlaces(room.pool));
  };
  await Promise.all([writeAll(), writeAll()]);
  const { rows } = await room.pool.query<{ first_number: bigint; places: bigint[] }>(
    'select first_number, places from drawn_places where schedule_id = $1 order by first_number',
    [scheduleId],
  );
  expect(rows.map(({ first_number, places }) => [first_number, places.length])).toEqual([
    [1n, 10_000],
    [10_001n, 10_000],
    [20_001n, 5_000],
  ]);
  const order = new DrawnOrder({ seed, count: 25_000n });
  const places = rows.flatMap((row) => row.places.map(Number));
  expect(places).toEqual(Array.from({ length: 25_000 }, (_, index) => order.place(index + 1)));
});
