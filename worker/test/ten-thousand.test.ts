import { randomInt, randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { PositionService } from '@boxoffice/proto/queue';
import { LiveBoards, type PositionBoard } from '@boxoffice/queue/position-board';
import { WaitingRoom } from '@boxoffice/queue/test/waiting-room';
import { createLogger } from '@boxoffice/runtime/log';
import type { App } from '@boxoffice/runtime/program';

import { startWorker, until } from './stage.ts';

const tickets = 10_000;
const leavers = 200;

let room: WaitingRoom;
let workers: App[];
beforeAll(async () => {
  room = await WaitingRoom.open(2);
  workers = await Promise.all([1, 2, 3].map(() => startWorker(room)));
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

/** A position as a board told it. */
interface Sample {
  readonly revision: bigint;
  readonly number: number;
  readonly ahead: number;
}

const over = -1;

/** Watches every ticket of a board, at every change. */
class Watcher {
  /** How many were ahead of each ticket when it was last looked at; {@link over} when it did not wait any more. */
  readonly #ahead = new Int32Array(tickets + 1).fill(tickets);
  readonly faults: string[] = [];
  readonly samples: Sample[] = [];
  changes = 0;

  look(board: PositionBoard): void {
    this.changes++;
    for (let number = 1; number <= tickets; number++) this.#lookAt(board, number);
    const sampled = randomInt(1, tickets + 1);
    const standing = board.standing(BigInt(sampled));
    if (standing.status === 'waiting') {
      this.samples.push({ revision: board.revision, number: sampled, ahead: standing.ahead });
    }
  }

  #lookAt(board: PositionBoard, number: number): void {
    const standing = board.standing(BigInt(number));
    const ahead = standing.status === 'waiting' ? standing.ahead : over;
    const before = this.#ahead[number] ?? over;
    if (ahead > before) this.faults.push(`${number} at ${board.revision}: ${before}, then ${ahead}`);
    this.#ahead[number] = ahead;
  }
}

async function joinAll(scheduleId: bigint): Promise<string[]> {
  const group = async (instance: number): Promise<string[]> => {
    const joiners = Array.from({ length: 500 }, () => ({ memberId: randomUUID() }));
    const { results } = await room.queue('bff', instance).joinGroup({ scheduleId, joiners });
    return results.map(({ result }) => (result.case === 'joined' ? result.value.token : ''));
  };
  return (await Promise.all(Array.from({ length: tickets / 500 }, (_, index) => group(index % 2)))).flat();
}

async function leaveHereAndThere(tokens: readonly string[]): Promise<void> {
  for (let left = 0; left < leavers; left++) {
    await room.queue('bff', left % 2).leave({ token: tokens[randomInt(tokens.length)] ?? '' });
  }
}

/** How many waited in front of a ticket at a revision, counted from the tables. */
async function countedAhead(scheduleId: bigint, { revision, number }: Sample): Promise<number> {
  const { rows } = await room.pool.query<{ ahead: bigint }>(
    `with past as (select * from changes where schedule_id = $1 and revision <= $2)
     select count(*) as ahead from tickets t
     where t.schedule_id = $1 and t.number < $3
       and t.number > (select coalesce(max(through), 0) from past)
       and not exists (select from past where kind = 'LEFT' and t.number = any (numbers))`,
    [scheduleId, revision, number],
  );
  return Number(rows[0]?.ahead);
}

test('of ten thousand tickets no position rises, at two readers, while workers come and go', async () => {
  const scheduleId = await room.schedule({ maxActive: 500, activeTtl: { nanos: 100_000_000 } });
  await room.admin().pauseQueue({ scheduleId });
  const tokens = await joinAll(scheduleId);
  const target = `ipv4:${workers.map(({ address }) => address).join(',')}`;
  const client = room.client(PositionService, target, 'bff');
  const log = createLogger('test', 'silent');
  await using first = new LiveBoards({ client, log });
  await using second = new LiveBoards({ client, log });
  const watchers = await Promise.all(
    [first, second].map(async (boards) => {
      const watcher = new Watcher();
      boards.subscribe(scheduleId, (board) => watcher.look(board));
      watcher.look(await boards.board(scheduleId, { waitMs: 10_000 }));
      return watcher;
    }),
  );
  const servedThrough = async (): Promise<bigint> => (await first.board(scheduleId, { waitMs: 10_000 })).servedThrough;

  await room.admin().resumeQueue({ scheduleId });
  const leaving = leaveHereAndThere(tokens);
  await until(servedThrough, (served) => served > 2_000n);
  await workers[0]?.[Symbol.asyncDispose]();
  await until(servedThrough, (served) => served > 5_000n);
  await workers[1]?.[Symbol.asyncDispose]();
  await leaving;
  // Who has left at the end of the line is not admitted: nobody is behind them.
  await until(
    async () => (await first.board(scheduleId, { waitMs: 10_000 })).waiting,
    (waiting) => waiting === 0,
  );

  for (const watcher of watchers) {
    expect(watcher.faults).toEqual([]);
    expect(watcher.changes).toBeGreaterThan(50);
    expect(watcher.samples.length).toBeGreaterThan(20);
    for (const sample of watcher.samples.slice(0, 100)) {
      expect(await countedAhead(scheduleId, sample)).toBe(sample.ahead);
    }
  }
});
