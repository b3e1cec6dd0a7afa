import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';
import { createLogger } from '@boxoffice/runtime/log';
import { openRedis, type RedisConnection } from '@boxoffice/runtime/redis/connection';
import { describeWithRedis, testRedis, type TestRedis } from '@boxoffice/runtime/testing/redis';

import { AbsenceSweep } from '../presence/absence.ts';
import { RedisPresence } from '../presence/redis-presence.ts';
import { Sightings } from '../presence/sightings.ts';
import { until } from './until.ts';
import { WaitingRoom } from './waiting-room.ts';

const log = createLogger('test', 'silent');
const ttlMs = 60_000;
const presenceTtl = { seconds: 60n };
const bff = { id: 'bff-1', channel: 'front' } as const;

describeWithRedis('presence in Redis', () => {
  let room: WaitingRoom;
  let redis: TestRedis;
  let connection: RedisConnection;
  let store: RedisPresence;
  beforeAll(async () => {
    room = await WaitingRoom.open();
    await until(
      () => room.pool.query('select from reporters'),
      ({ rowCount }) => rowCount === 1,
    );
    redis = await testRedis();
    connection = openRedis({ url: redis.url, log, name: 'test' });
    store = new RedisPresence(connection);
  });
  afterAll(async () => {
    await connection[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
    await room.assertInvariants();
    await room[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await until(
      () => connection.available,
      (available) => available,
    );
    await connection.client.flushall();
    await room.pool.query('truncate reporters, presence');
    await room.pool.query('update queues set presence_ttl_ms = 0');
    // A BFF that has been there for long.
    await room.pool.query(
      `insert into reporters (reporter_id, channel, alive_since, reported_at)
       values ('bff-1', 'front', now() - interval '1 hour', now())`,
    );
  });

  /** A line whose members all joined long ago. */
  async function line(count: number): Promise<bigint> {
    const scheduleId = await room.schedule({ presenceTtl });
    await room.admin().pauseQueue({ scheduleId });
    await room.join(scheduleId, count);
    await room.pool.query(`update tickets set joined_at = joined_at - interval '1 hour' where schedule_id = $1`, [
      scheduleId,
    ]);
    return scheduleId;
  }

  const sightings = (own?: RedisPresence): Sightings => new Sightings({ pool: room.pool, store: own, log });
  const seen = (scheduleId: bigint, ...numbers: bigint[]) => numbers.map((number) => ({ scheduleId, number }));
  const sweep = (own?: RedisPresence): Promise<number> => new AbsenceSweep(room.pool, { store: own }).sweep();
  const keyOf = (scheduleId: bigint): string => `${connection.prefix}presence:${scheduleId}`;

  /** As if all that the set of a queue knows, but what is told, had happened so much earlier. */
  async function age(scheduleId: bigint, ms: number, ...but: string[]): Promise<void> {
    for (const member of await connection.client.zrange(keyOf(scheduleId), '0', '-1')) {
      if (!but.includes(member)) await connection.client.zincrby(keyOf(scheduleId), -ms, member);
    }
  }

  async function leftOf(scheduleId: bigint): Promise<number[]> {
    const { rows } = await room.pool.query<{ number: bigint }>(
      `select number from tickets where schedule_id = $1 and status = 'LEFT' order by number`,
      [scheduleId],
    );
    return rows.map(({ number }) => Number(number));
  }

  test('is there and not in the table, and marks those alone who were not seen', async () => {
    const scheduleId = await line(4);
    await sightings(store).report(bff, seen(scheduleId, 1n, 2n, 3n));
    const table = await room.pool.query('select from presence');
    expect(table.rowCount).toBe(0);
    await age(scheduleId, ttlMs + 1, '1', '3');
    expect(await sweep(store)).toBe(2);
    expect(await leftOf(scheduleId)).toEqual([2, 4]);
  });

  test('of whom one Queue has seen that cannot reach Redis counts as well', async () => {
    const scheduleId = await line(3);
    await sightings(store).report(bff, seen(scheduleId, 1n));
    await age(scheduleId, ttlMs + 1, '1');
    await sightings().report(bff, seen(scheduleId, 2n));
    expect(await sweep(store)).toBe(1);
    expect(await leftOf(scheduleId)).toEqual([3]);
  });

  test('is unknown to a worker that cannot look into it, until nothing has been stored there for the whole time', async () => {
    const scheduleId = await line(2);
    await sightings(store).report(bff, seen(scheduleId, 1n));
    expect(await sweep()).toBe(0);
    const earlier = (seconds: number) =>
      room.pool.query(`update reporters set elsewhere_at = now() - $1 * interval '1 s'`, [seconds]);
    await earlier(59);
    await sightings().report(bff, seen(scheduleId, 1n));
    expect(await sweep()).toBe(0);
    await earlier(61);
    expect(await sweep()).toBe(1);
    expect(await leftOf(scheduleId)).toEqual([2]);
  });

  test('that somebody stores in another Redis than the one in sight is unknown', async () => {
    const scheduleId = await line(1);
    await sweep(store);
    await age(scheduleId, ttlMs + 1);
    const other = { generation: async () => 'other', note: async () => 'other', unseen: async () => undefined };
    await new Sightings({ pool: room.pool, store: other, log }).report(bff, seen(scheduleId, 1n));
    expect(await sweep(store)).toBe(0);
    // It comes back to this one: what it stored in the other is still out of sight.
    await sightings(store).report(bff, seen(scheduleId, 99n));
    expect(await sweep(store)).toBe(0);
    await room.pool.query(`update reporters set elsewhere_before_at = now() - interval '61 s'`);
    expect(await sweep(store)).toBe(1);
  });

  test('of a queue that nobody was ever seen in is known a whole time after the first look', async () => {
    const scheduleId = await line(1);
    expect(await sweep(store)).toBe(0);
    await age(scheduleId, ttlMs - 1_000);
    expect(await sweep(store)).toBe(0);
    await age(scheduleId, 1_001);
    expect(await sweep(store)).toBe(1);
  });

  test('that was flushed is unknown until it has been kept for the whole time again', async () => {
    const scheduleId = await line(2);
    await sightings(store).report(bff, seen(scheduleId, 1n, 2n));
    await age(scheduleId, 10 * ttlMs, '1', '2');
    await connection.client.flushall();
    expect(await sweep(store)).toBe(0);
    await sightings(store).report(bff, seen(scheduleId, 1n));
    await age(scheduleId, ttlMs + 1, '1');
    expect(await sweep(store)).toBe(1);
    expect(await leftOf(scheduleId)).toEqual([2]);
  });

  test('that a restart has brought back from an old snapshot is not believed', async () => {
    const scheduleId = await line(1);
    await sweep(store);
    await age(scheduleId, ttlMs + 1);
    const [marker = ''] = await connection.client.zrange(keyOf(scheduleId), '0', '0');
    await connection.client.zadd(keyOf(scheduleId), 1, 'since:another');
    await connection.client.zrem(keyOf(scheduleId), marker);
    expect(await sweep(store)).toBe(0);
    expect(await connection.client.zrange(keyOf(scheduleId), '0', '-1')).toEqual([marker]);
  });

  test('is looked at again under the lock, which may have been waited for', async () => {
    const scheduleId = await line(2);
    await sweep(store);
    await age(scheduleId, ttlMs + 1);
    const other = await room.pool.connect();
    try {
      await other.query('begin');
      await other.query('select from queues where schedule_id = $1 for no key update', [scheduleId]);
      const sweeping = sweep(store);
      await until(
        () =>
          room.pool.query(
            `select from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock' and query like '%for no key update%'`,
          ),
        ({ rowCount }) => rowCount === 1,
      );
      await sightings(store).report(bff, seen(scheduleId, 1n));
      await other.query('commit');
      expect(await sweeping).toBe(1);
    } finally {
      other.release(true);
    }
    expect(await leftOf(scheduleId)).toEqual([2]);
  });

  test('forgets who does not come any more, and the whole queue when nobody looks any more', async () => {
    const scheduleId = await line(1);
    const numbers = Array.from({ length: 6_000 }, (_, index) => BigInt(index + 1));
    await store.note(seen(scheduleId, ...numbers));
    await age(scheduleId, 3 * ttlMs, '1');
    const run = await store.generation();
    for (let look = 0; look < 3; look++) {
      expect(await store.unseen(run, scheduleId, [1n, 2n], ttlMs)).toEqual([2n]);
    }
    expect(await connection.client.zcard(keyOf(scheduleId))).toBe(2);
    expect(await store.unseen(run, scheduleId, [1n, 2n], 2 * ttlMs + 5_000)).toBeUndefined();
    expect(await connection.client.pttl(keyOf(scheduleId))).toBeLessThanOrEqual(4 * (2 * ttlMs + 5_000));
  });

  test('survives a Redis that is killed and comes back empty: who polls stays, who is gone leaves', async () => {
    const scheduleId = await line(2);
    await room.pool.query('update queues set presence_ttl_ms = 1500 where schedule_id = $1', [scheduleId]);
    const reports = sightings(store);
    const sweeper = new AbsenceSweep(room.pool, { store });
    const end = new AbortController();
    const turns = { reports: 0, sweeps: 0 };
    const every = async (ms: number, turn: () => Promise<unknown>): Promise<void> => {
      for (; !end.signal.aborted; await delay(ms)) await turn();
    };
    const running = [
      every(50, async () => {
        await reports.report(bff, seen(scheduleId, 1n));
        turns.reports++;
      }),
      every(50, async () => {
        await sweeper.sweep();
        turns.sweeps++;
      }),
    ];
    const more = async (sweeps: number): Promise<unknown> => {
      const target = turns.sweeps + sweeps;
      return until(
        () => turns.sweeps,
        (count) => count >= target,
      );
    };
    await until(
      () => leftOf(scheduleId),
      (left) => left.length > 0,
    );
    for (let round = 0; round < 2; round++) {
      await redis.kill();
      await more(5);
      await redis.start();
      await until(
        () => connection.available,
        (available) => available,
      );
      await more(5);
    }
    expect(await leftOf(scheduleId)).toEqual([2]);
    // Someone who is gone now is marked, too, once Redis has been back for the whole time.
    await room.queue().join({ scheduleId, memberId: randomUUID() });
    await until(
      () => leftOf(scheduleId),
      (left) => left.includes(3),
    );
    end.abort();
    await Promise.all(running);
    expect(await leftOf(scheduleId)).toEqual([2, 3]);
  });
});
