import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { create } from '@bufbuild/protobuf';
import { QueueChangeSchema, QueueState, QueueStatusSchema, type WatchQueueResponse } from '@boxoffice/proto/queue';
import { PositionBoard } from '@boxoffice/queue/position-board';
import { refusal } from '@boxoffice/queue/test/refusal';
import { WaitingRoom } from '@boxoffice/queue/test/waiting-room';

import { status } from '../messages.ts';
import { QueueTail } from '../queue-tail.ts';
import { positions, startWorker, until } from './stage.ts';

let room: WaitingRoom;
let addresses: string[];
beforeAll(async () => {
  room = await WaitingRoom.open();
  // One that ticks, and one that only streams.
  const workers = await Promise.all([startWorker(room), startWorker(room, { TICK_INTERVAL_MS: '60000' })]);
  addresses = workers.map(({ address }) => address);
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

/** A stream of a queue, and the board that it makes. */
class Feed {
  readonly cases: (string | undefined)[] = [];
  readonly messages: WatchQueueResponse[] = [];
  readonly board = new PositionBoard();
  readonly ended: Promise<unknown>;
  readonly #end = new AbortController();

  constructor(scheduleId: bigint, afterRevision = 0n, worker = 0, caller: 'bff' | 'acme' | 'operator' = 'bff') {
    this.ended = refusal(this.#read(scheduleId, afterRevision, worker, caller));
  }

  get revisions(): bigint[] {
    return this.messages.flatMap(({ event }) => (event.case === 'change' ? [event.value.revision] : []));
  }

  async cancel(): Promise<void> {
    this.#end.abort();
    await this.ended;
  }

  async #read(
    scheduleId: bigint,
    afterRevision: bigint,
    worker: number,
    caller: 'bff' | 'acme' | 'operator',
  ): Promise<void> {
    const client = positions(room, addresses[worker] ?? '', caller);
    for await (const message of client.watchQueue({ scheduleId, afterRevision }, { signal: this.#end.signal })) {
      this.messages.push(message);
      this.cases.push(message.event.case);
      // A board that starts in the middle has to be told where that is: here the messages alone count.
      if (afterRevision === 0n) this.board.apply(message);
    }
  }
}

async function pausedQueue(members: number): Promise<{ scheduleId: bigint; tokens: string[] }> {
  const scheduleId = await room.schedule();
  await room.admin().pauseQueue({ scheduleId });
  return { scheduleId, tokens: (await room.join(scheduleId, members)).map(({ token }) => token) };
}

const leave = async (tokens: readonly (string | undefined)[]): Promise<void> => {
  for (const token of tokens) await room.queue().leave({ token: token ?? '' });
};

describe('WatchQueue', () => {
  test('begins with a snapshot and a status, and goes on with every change', async () => {
    const { scheduleId, tokens } = await pausedQueue(6);
    await leave([tokens[1]]);
    const feed = new Feed(scheduleId);
    await until(
      () => feed.cases,
      (cases) => cases.includes('status'),
    );
    expect(feed.cases.slice(0, 2)).toEqual(['snapshot', 'status']);
    expect(feed.board.standing(6n)).toEqual({ status: 'waiting', ahead: 4 });
    await leave([tokens[2], tokens[4]]);
    await room.admin().resumeQueue({ scheduleId });
    await until(
      () => feed.board.servedThrough,
      (served) => served === 6n,
    );
    expect(feed.revisions).toEqual([3n, 4n, 5n, 6n]);
    await feed.cancel();
  });

  test('sends a status at least once a second', async () => {
    const { scheduleId } = await pausedQueue(1);
    const feed = new Feed(scheduleId, 0n, 1);
    const startedMs = performance.now();
    await until(
      () => feed.cases.filter((one) => one === 'status').length,
      (count) => count >= 4,
    );
    expect(performance.now() - startedMs).toBeLessThan(4_500);
    await room.join(scheduleId, 3);
    await until(
      () => feed.board.lastNumber,
      (last) => last === 4n,
    );
    expect(feed.board.waiting).toBe(4);
    await feed.cancel();
  });

  test('goes on after a revision without a snapshot, at any worker', async () => {
    const { scheduleId, tokens } = await pausedQueue(5);
    await leave(tokens.slice(0, 3));
    for (const worker of [0, 1]) {
      const feed = new Feed(scheduleId, 2n, worker);
      await until(
        () => feed.revisions,
        (revisions) => revisions.length >= 2,
      );
      expect(feed.cases).not.toContain('snapshot');
      expect(feed.revisions).toEqual([3n, 4n]);
      await feed.cancel();
    }
  });

  test('goes on after a revision that this worker has not seen yet', async () => {
    const { scheduleId, tokens } = await pausedQueue(3);
    const watching = new Feed(scheduleId, 0n, 1);
    await until(
      () => watching.cases,
      (cases) => cases.includes('status'),
    );
    await leave([tokens[0]]);
    const feed = new Feed(scheduleId, 2n, 1);
    await until(
      () => feed.cases,
      (cases) => cases.length > 0,
    );
    expect(feed.cases[0]).toBe('status');
    await feed.cancel();
    await watching.cancel();
  });

  test('begins with a snapshot after a revision that is not kept, or was never made', async () => {
    const { scheduleId, tokens } = await pausedQueue(4);
    await leave(tokens.slice(0, 3));
    await room.pool.query('delete from changes where schedule_id = $1 and revision <= 3', [scheduleId]);
    for (const revision of [1n, 1_000n]) {
      const feed = new Feed(scheduleId, revision);
      await until(
        () => feed.cases,
        (cases) => cases.includes('status'),
      );
      expect(feed.cases[0]).toBe('snapshot');
      await feed.cancel();
    }
  });

  test('sends one snapshot, however much changes after it', async () => {
    const { scheduleId, tokens } = await pausedQueue(4);
    const feed = new Feed(scheduleId);
    await until(
      () => feed.cases,
      (cases) => cases.includes('status'),
    );
    await leave(tokens.slice(0, 2));
    await until(
      () => feed.board.revision,
      (revision) => revision === 3n,
    );
    expect(feed.cases.filter((one) => one === 'snapshot')).toHaveLength(1);
    await feed.cancel();
  });

  test('cuts a long line into pieces that fit into a message', async () => {
    const { scheduleId } = await pausedQueue(1);
    await room.pool.query(
      `insert into tickets (schedule_id, number, place, partner, member_id, status, joined_at, ended_at)
       select $1, n, n, 'house', 'm' || n, 'LEFT', now(), now() from generate_series(100, 300000, 100) n`,
      [scheduleId],
    );
    const feed = new Feed(scheduleId);
    await until(
      () => feed.board.complete,
      (complete) => complete,
    );
    expect(feed.cases.slice(0, 3)).toEqual(['snapshot', 'snapshot', 'status']);
    expect(feed.board.standing(300_001n)).toEqual({ status: 'waiting', ahead: 297_000 });
    await feed.cancel();
    await room.pool.query('delete from tickets where schedule_id = $1 and number > 1', [scheduleId]);
  });

  test('of a queue that does not exist, or by somebody who may not, is refused', async () => {
    const { scheduleId } = await pausedQueue(1);
    expect(await new Feed(999_999n).ended).toBe('QUEUE_UNKNOWN');
    expect(await new Feed(scheduleId, 0n, 0, 'acme').ended).toBe('CALLER_NOT_ALLOWED');
    const feed = new Feed(scheduleId, 0n, 0, 'operator');
    await until(
      () => feed.cases,
      (cases) => cases.length > 1,
    );
    await feed.cancel();
  });
});

test('a status that was read before the queue was paused does not tell that it is open again', () => {
  const open = create(QueueStatusSchema, { revision: 0n, state: QueueState.OPEN });
  const tail = new QueueTail(1n, [status(open)]);
  const paused = { case: 'state', value: QueueState.PAUSED } as const;
  tail.append([create(QueueChangeSchema, { revision: 1n, change: paused })]);
  expect(tail.status.state).toBe(QueueState.PAUSED);
  tail.refresh(open);
  expect([tail.board.isPaused, tail.status.state]).toEqual([true, QueueState.PAUSED]);
  tail.refresh(create(QueueStatusSchema, { revision: 2n, state: QueueState.OPEN }));
  expect([tail.board.isPaused, tail.status.state]).toEqual([false, QueueState.OPEN]);
});
