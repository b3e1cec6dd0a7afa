import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { ScheduleState } from '@boxoffice/proto/inventory';
import { describeWithRedis, testRedis, type TestRedis } from '@boxoffice/runtime/testing/redis';

import { given, Office } from './office.ts';

describe('without Redis', () => {
  let office: Office;
  let instance: number;
  beforeAll(async () => {
    office = await Office.open();
    instance = await office.startInventory({ REMAINING_REMEMBER_MS: '1000' });
  });
  afterAll(async () => office[Symbol.asyncDispose]());

  test('what another process has changed is seen after a second', async () => {
    const concertId = await office.concert();
    const scheduleId = await office.schedule({ concertId });
    const read = () => office.inventory('bff', instance).getSchedule({ scheduleId });
    expect((await read()).schedule?.state).toBe(ScheduleState.ON_SALE);
    await office.admin().cancelSchedule({ scheduleId });
    await office.until(async () => (await read()).schedule?.state === ScheduleState.CANCELLED);
  });

  test('seats that remain are counted again after a second', async () => {
    const scheduleId = await office.schedule();
    const read = () => office.inventory('bff', instance).getSchedule({ scheduleId });
    expect((await read()).schedule?.remainingSeats).toBe(50);
    await office.hold(scheduleId, await office.seatIds(scheduleId, 3));
    await office.until(async () => (await read()).schedule?.remainingSeats === 47);
  });
});

describeWithRedis('with Redis', () => {
  let redis: TestRedis;
  let office: Office;
  let [one, other] = [0, 0];
  beforeAll(async () => {
    redis = await testRedis();
    office = await Office.open();
    [one, other] = [
      await office.startInventory({ REDIS_URL: redis.url }),
      await office.startInventory({ REDIS_URL: redis.url }),
    ];
  });
  afterAll(async () => {
    await office[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const nameAt = async (instance: number, concertId: bigint): Promise<string | undefined> =>
    (await office.inventory('bff', instance).getConcert({ concertId })).concert?.name;

  /** Enters a concert that one process has read, and then changes it behind the backs of all: only a cache has its name. */
  async function remembered(): Promise<bigint> {
    let concertId = 0n;
    // The connections are made in the background: with another concert, until it is kept for the other process, too.
    await office.until(async () => {
      concertId = await office.concert('As it was read');
      await nameAt(one, concertId);
      await office.pool.query(`update concerts set name = 'As it is' where id = $1`, [concertId]);
      return (await nameAt(other, concertId)) === 'As it was read';
    });
    return concertId;
  }

  test('what one process has read, the others do not read again', async () => {
    const concertId = await remembered();
    expect(await nameAt(other, concertId)).toBe('As it was read');
  });

  test('a change is seen by all processes', async () => {
    const concertId = await office.concert();
    const scheduleId = await office.schedule({ concertId });
    const states = () =>
      Promise.all(
        [one, other].map(async (instance) => {
          const { schedule } = await office.inventory('bff', instance).getSchedule({ scheduleId });
          return given(schedule).state;
        }),
      );
    expect(await states()).toEqual([ScheduleState.ON_SALE, ScheduleState.ON_SALE]);
    const newest = async (instance: number): Promise<bigint | undefined> =>
      (await office.inventory('bff', instance).listConcerts({ pageSize: 1 })).concerts[0]?.id;
    await newest(other);
    await office.adminAt(one).cancelSchedule({ scheduleId });
    await office.until(async () => (await states()).every((state) => state === ScheduleState.CANCELLED));
    const entered = given((await office.adminAt(one).createConcert({ name: 'New' })).concert).id;
    expect(await newest(one)).toBe(entered);
    await office.until(async () => (await newest(other)) === entered);
  });

  /** A change that is committed, and whose process died before it told anybody. */
  async function changeAndDie(concertId: bigint, name: string): Promise<void> {
    await office.pool.query(
      `with changed as (update concerts set name = $2 where id = $1 returning id)
       insert into outbox (type, subject, data)
       select 'boxoffice.inventory.concert.changed.v1', 'concerts/' || id, jsonb_build_object('concertId', id) from changed`,
      [concertId, name],
    );
  }
  const relay = (instance: number) => office.inventory('worker', instance).relayOutbox({});
  const told = async (): Promise<bigint> => {
    const { rows } = await office.pool.query<{ left: bigint }>(
      'select position - told_through as left from event_head, catalog_relay',
    );
    return given(rows[0]).left;
  };

  test('what is remembered outlives the second in which nothing was heard', async () => {
    const concertId = await remembered();
    await nameAt(one, concertId);
    await delay(1_100);
    expect(await Promise.all([one, other].map((instance) => nameAt(instance, concertId)))).toEqual([
      'As it was read',
      'As it was read',
    ]);
  });

  test('a change whose process died before it told of it is told by the relay', async () => {
    const concertId = await remembered();
    await changeAndDie(concertId, 'Changed');
    await relay(one);
    await office.until(async () => (await nameAt(one, concertId)) === 'Changed');
    await office.until(async () => (await nameAt(other, concertId)) === 'Changed');
    expect(await told()).toBe(0n);
  });

  test('a change that Redis cannot be told of is told when it is back with what it had', async () => {
    const concertId = await remembered();
    redis.hang();
    try {
      await changeAndDie(concertId, 'While it hung');
      await relay(one);
      expect(await told()).toBeGreaterThan(0n);
    } finally {
      redis.proceed();
    }
    // As the worker does: again and again.
    await office.until(async () => {
      await relay(other);
      return (await told()) === 0n;
    });
    await office.until(async () => (await nameAt(one, concertId)) === 'While it hung');
    await office.until(async () => (await nameAt(other, concertId)) === 'While it hung');
  });

  test('when changes were forgotten before they were told, all is read anew', async () => {
    const concertId = await remembered();
    await changeAndDie(concertId, 'Forgotten');
    await relay(one);
    const second = await remembered();
    await office.pool.query('update event_head set forgotten_through = position');
    await office.pool.query('update catalog_relay set told_through = 0');
    await relay(one);
    await office.until(async () => (await nameAt(other, second)) === 'As it is');
    await office.until(async () => (await nameAt(one, second)) === 'As it is');
    expect(await told()).toBe(0n);
  });

  test('no read fails while Redis is killed and comes back empty, and none stays old', async () => {
    const concertId = await remembered();
    const end = new AbortController();
    const failures: unknown[] = [];
    const reading = [one, other].map(async (instance) => {
      for (; !end.signal.aborted; await delay(2)) {
        await nameAt(instance, concertId).catch((error: unknown) => failures.push(error));
      }
    });
    try {
      await redis.kill();
      await office.until(async () => (await nameAt(one, concertId)) === 'As it is');
      const later = given((await office.adminAt(other).createConcert({ name: 'While it was away' })).concert).id;
      expect(await nameAt(other, later)).toBe('While it was away');
      await redis.start();
      await remembered();
    } finally {
      end.abort();
      await Promise.all(reading);
    }
    expect(failures).toEqual([]);
  });
});
