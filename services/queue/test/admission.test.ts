import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { tick, tickQueue } from '../admission.ts';
import { WaitingRoom } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open();
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

/** Puts so many tickets into a line, without tokens. */
async function fill(scheduleId: bigint, count: number): Promise<void> {
  await room.pool.query(
    `select from join_queue($1, array(select 'house' from generate_series(1, $2::int)),
       array(select 'member ' || n from generate_series(1, $2::int) n), null)`,
    [scheduleId, count],
  );
}

async function numbers(scheduleId: bigint, status: string): Promise<number[]> {
  const { rows } = await room.pool.query<{ number: bigint }>(
    'select number from tickets where schedule_id = $1 and status = $2 order by number',
    [scheduleId, status],
  );
  return rows.map(({ number }) => Number(number));
}

async function endAll(scheduleId: bigint): Promise<void> {
  await room.pool.query(
    `update tickets set admitted_until = admitted_at + interval '1 microsecond' where schedule_id = $1 and status = 'ADMITTED'`,
    [scheduleId],
  );
}

describe('a tick', () => {
  test('admits the lowest numbers, up to max_active', async () => {
    const scheduleId = await room.schedule({ maxActive: 3 });
    await fill(scheduleId, 5);
    expect((await tickQueue(room.pool, scheduleId)).admitted).toBe(3);
    expect((await tickQueue(room.pool, scheduleId)).admitted).toBe(0);
    expect(await numbers(scheduleId, 'ADMITTED')).toEqual([1, 2, 3]);
  });

  test('expires who is over and fills their places in the same transaction', async () => {
    const scheduleId = await room.schedule({ maxActive: 2 });
    await fill(scheduleId, 5);
    await tickQueue(room.pool, scheduleId);
    await endAll(scheduleId);
    expect(await tickQueue(room.pool, scheduleId)).toMatchObject({ expired: 2, admitted: 2 });
    expect(await numbers(scheduleId, 'ADMITTED')).toEqual([3, 4]);
    expect(await room.changes(scheduleId)).toEqual(['ADMITTED 2', 'ENDED 1,2', 'ADMITTED 4']);
  });

  test('admits no more than the rate in a rolling interval, also after the places are free again', async () => {
    const scheduleId = await room.schedule({ admitCount: 2, admitInterval: { nanos: 300_000_000 } });
    await fill(scheduleId, 6);
    const startedMs = performance.now();
    let admitted = 0;
    while (admitted < 6) {
      admitted += (await tickQueue(room.pool, scheduleId)).admitted;
      await endAll(scheduleId);
    }
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(600);
  });

  test('holds max_active and the rate at once', async () => {
    const scheduleId = await room.schedule({ maxActive: 3, admitCount: 5, admitInterval: { seconds: 3_600n } });
    await fill(scheduleId, 20);
    expect((await tickQueue(room.pool, scheduleId)).admitted).toBe(3);
    await endAll(scheduleId);
    expect((await tickQueue(room.pool, scheduleId)).admitted).toBe(2);
    await endAll(scheduleId);
    expect((await tickQueue(room.pool, scheduleId)).admitted).toBe(0);
  });

  test('without any limit admits everybody, a bounded number at a time', async () => {
    const scheduleId = await room.schedule();
    await fill(scheduleId, 10);
    expect((await tickQueue(room.pool, scheduleId, 4)).admitted).toBe(4);
    expect((await tickQueue(room.pool, scheduleId, 4)).admitted).toBe(4);
    expect((await tickQueue(room.pool, scheduleId, 4)).admitted).toBe(2);
  });

  test('passes over who has left, and counts the line on from there', async () => {
    const scheduleId = await room.schedule({ maxActive: 2 });
    const joined = await room.join(scheduleId, 4);
    await room.queue().leave({ token: joined[0]?.token ?? '' });
    await room.queue().leave({ token: joined[2]?.token ?? '' });
    await tickQueue(room.pool, scheduleId);
    expect(await numbers(scheduleId, 'ADMITTED')).toEqual([2, 4]);
    expect(await room.changes(scheduleId)).toEqual(['LEFT 1', 'LEFT 3', 'ADMITTED 4']);
  });

  test('takes care of all queues that have something to do, and leaves the others alone', async () => {
    const schedules = await Promise.all([1, 2, 3].map((maxActive) => room.schedule({ maxActive })));
    for (const scheduleId of schedules) await fill(scheduleId, 3);
    const idle = await room.schedule();
    await tick(room.pool);
    const admitted = await Promise.all(schedules.map((scheduleId) => numbers(scheduleId, 'ADMITTED')));
    expect(admitted).toEqual([[1], [1, 2], [1, 2, 3]]);
    expect(await room.changes(idle)).toEqual([]);
  });

  test('skips a queue that another worker is ticking, and waits for whoever changes it otherwise', async () => {
    const scheduleId = await room.schedule();
    await fill(scheduleId, 1);
    const other = await room.pool.connect();
    try {
      await other.query('begin');
      await other.query('select from turns where schedule_id = $1 for update', [scheduleId]);
      expect(await tickQueue(room.pool, scheduleId)).toMatchObject({ queues: 0, admitted: 0 });
      await other.query('rollback');

      await other.query('begin');
      await other.query('select from queues where schedule_id = $1 for no key update', [scheduleId]);
      const ticking = tickQueue(room.pool, scheduleId);
      const winner = await Promise.race([ticking.then(() => 'tick'), delay(100, 'lock')]);
      expect(winner).toBe('lock');
      await other.query('rollback');
      expect((await ticking).admitted).toBe(1);
    } finally {
      other.release(true);
    }
  });

  test('goes on with the other queues when one of them cannot be had', async () => {
    const [stuck, other] = [await room.schedule(), await room.schedule()];
    for (const scheduleId of [stuck, other]) await fill(scheduleId, 1);
    const holder = await room.pool.connect();
    try {
      await holder.query('begin');
      await holder.query('select from queues where schedule_id = $1 for no key update', [stuck]);
      const failed: bigint[] = [];
      await tick(room.pool, { onFailure: (scheduleId) => failed.push(scheduleId) });
      expect(failed).toEqual([stuck]);
      expect(await numbers(other, 'ADMITTED')).toEqual([1]);
      await expect(tick(room.pool)).rejects.toThrow('lock timeout');
    } finally {
      holder.release(true);
    }
  });

  test('does not wait for members who join, nor they for it', async () => {
    const scheduleId = await room.schedule();
    await fill(scheduleId, 1);
    const other = await room.pool.connect();
    try {
      await other.query('begin');
      await other.query('select from tails where schedule_id = $1 for update', [scheduleId]);
      expect((await tickQueue(room.pool, scheduleId)).admitted).toBe(1);
      await other.query('rollback');
      await other.query('begin');
      await other.query('select from queues where schedule_id = $1 for no key update', [scheduleId]);
      expect((await room.queue().join({ scheduleId, memberId: 'm' })).ticket?.number).toBe(2n);
      await other.query('rollback');
    } finally {
      other.release(true);
    }
  });

  test('by four workers at once keeps every limit', async () => {
    const policy = {
      maxActive: 7,
      admitCount: 10,
      admitInterval: { nanos: 200_000_000 },
      activeTtl: { nanos: 40_000_000 },
    };
    const scheduleId = await room.schedule(policy);
    await fill(scheduleId, 60);
    const worker = async (): Promise<void> => {
      while ((await numbers(scheduleId, 'WAITING')).length > 0) await tick(room.pool);
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
    expect((await room.admin().getQueue({ scheduleId })).queue?.admittedTotal).toBe(60n);
    await room.assertInvariants();
  });
});
