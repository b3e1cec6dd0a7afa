import { setTimeout as delay } from 'node:timers/promises';

import { create } from '@bufbuild/protobuf';
import { StringValueSchema, type StringValue } from '@bufbuild/protobuf/wkt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { Cache } from '../cache.ts';
import { createLogger } from '../log.ts';
import { Memory } from '../memory.ts';
import { openRedis, type RedisConnection } from '../redis/connection.ts';
import { RedisSecondLevel } from '../redis/second-level.ts';
import { cacheTopic, openWakeUps, type WakeUps } from '../redis/wake-ups.ts';
import { describeWithRedis, testRedis, type TestRedis } from '../testing/redis.ts';

const waitMs = 10_000;
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + waitMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not so after ${waitMs} ms: ${holds.toString()}`);
    await delay(5);
  }
}

/** What is cached, and how often it was loaded. */
class Source {
  value = 'first';
  loads = 0;
  readonly load = async (): Promise<StringValue> => {
    this.loads++;
    const { value } = this;
    await delay(5);
    return create(StringValueSchema, { value });
  };
}

const entry = { group: 'concert:1', field: 'name', schema: StringValueSchema, memoryMs: 60_000 };

describe('a cache in memory', () => {
  const open = (): Cache => new Cache({ wakeUps: openWakeUps(undefined) });

  test('loads once for a rush, and not again while it is kept', async () => {
    const [cache, source] = [open(), new Source()];
    const rush = await Promise.all(Array.from({ length: 100 }, () => cache.read(entry, source.load)));
    expect(new Set(rush.map(({ value }) => value))).toEqual(new Set(['first']));
    await cache.read(entry, source.load);
    expect(source.loads).toBe(1);
    await cache.read({ ...entry, field: 'venue' }, source.load);
    expect(source.loads).toBe(2);
  });

  test('keeps for its time alone', async () => {
    const [cache, source] = [open(), new Source()];
    await cache.read({ ...entry, memoryMs: 20 }, source.load);
    await delay(40);
    await cache.read({ ...entry, memoryMs: 0 }, source.load);
    await cache.read({ ...entry, memoryMs: 0 }, source.load);
    expect(source.loads).toBe(3);
  });

  test('loads anew after an invalidation, and gives what was being loaded then to nobody who asks later', async () => {
    const [cache, source] = [open(), new Source()];
    const before = cache.read(entry, source.load);
    source.value = 'second';
    await cache.invalidate(entry.group);
    const after = await cache.read(entry, source.load);
    expect([(await before).value, after.value]).toEqual(['first', 'second']);
    expect((await cache.read(entry, source.load)).value).toBe('second');
    expect(source.loads).toBe(2);
  });

  test('keeps for a moment only what would be kept for longer if it heard of changes', async () => {
    const [cache, source] = [open(), new Source()];
    const shared = { ...entry, memoryMs: 20, sharedMs: 60_000 };
    await cache.read(shared, source.load);
    source.value = 'second';
    await until(async () => (await cache.read(shared, source.load)).value === 'second');
  });

  test('loads ahead what is still asked for, so that nobody waits', async () => {
    using memory = new Memory<StringValue>({ wakeUps: openWakeUps(undefined), entriesMax: 10, loadsAhead: true });
    const [source, asked] = [new Source(), { group: 'concert:1', field: 'now', momentMs: 2_000 }];
    await memory.read(asked, source.load);
    source.value = 'second';
    // It is there all the while, until it is another one.
    await until(() => {
      const value = memory.peek(asked)?.value;
      expect(value).toBeDefined();
      return value === 'second';
    });
    expect(source.loads).toBe(2);
  });

  test('gives a failure to all who wait, and keeps none', async () => {
    const [cache, source] = [open(), new Source()];
    const failing = (): Promise<StringValue> => Promise.reject(new Error('away'));
    const waiting = await Promise.allSettled([cache.read(entry, failing), cache.read(entry, failing)]);
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await cache.read(entry, source.load)).value).toBe('first');
  });
});

describeWithRedis('a cache with Redis behind', () => {
  const log = createLogger('test', 'silent');
  const shared = { ...entry, sharedMs: 60_000 };
  let redis: TestRedis;
  beforeAll(async () => void (redis = await testRedis()));
  afterAll(async () => redis[Symbol.asyncDispose]());

  interface Process {
    readonly cache: Cache;
    readonly connection: RedisConnection;
    readonly wakeUps: WakeUps;
  }
  let here: Process;
  let there: Process;
  let opened = new AsyncDisposableStack();
  beforeEach(async () => {
    [here, there] = [await open(), await open()];
    await here.connection.client.flushall();
    // Until each hears the other.
    for (const [from, to] of [
      [here, there],
      [there, here],
    ] as const) {
      let heard = false;
      const listening = to.wakeUps.subscribe('test', () => (heard = true));
      await until(() => {
        from.wakeUps.publish('test', 'x');
        return heard;
      });
      listening[Symbol.dispose]();
    }
  });
  afterEach(async () => {
    await opened.disposeAsync();
    opened = new AsyncDisposableStack();
  });

  async function open(): Promise<Process> {
    const connection = opened.use(openRedis({ url: redis.url, log, name: 'test' }));
    const wakeUps = opened.use(openWakeUps(connection));
    const cache = opened.use(new Cache({ shared: new RedisSecondLevel(connection), wakeUps }));
    await until(() => connection.available);
    return { cache, connection, wakeUps };
  }

  const keyOf = async ({ client, prefix }: RedisConnection): Promise<string> => {
    const server = /^run_id:(\w+)/m.exec(await client.info('server'))?.[1];
    return `${prefix}cache:${server}:{concert:1}`;
  };
  const stored = async (): Promise<boolean> =>
    (await here.connection.client.hexists(await keyOf(here.connection), 'name')) === 1;

  test('loads once for all processes', async () => {
    const source = new Source();
    await here.cache.read(shared, source.load);
    await until(stored);
    expect((await there.cache.read(shared, source.load)).value).toBe('first');
    expect(source.loads).toBe(1);
  });

  test('is invalidated in all processes', async () => {
    const source = new Source();
    await here.cache.read(shared, source.load);
    await there.cache.read(shared, source.load);
    source.value = 'second';
    await here.cache.invalidate('concert:1');
    expect((await here.cache.read(shared, source.load)).value).toBe('second');
    await until(async () => (await there.cache.read(shared, source.load)).value === 'second');
  });

  test('does not store what was loaded before an invalidation elsewhere', async () => {
    const [begun, go] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const old = here.cache.read(shared, async () => {
      begun.resolve(undefined);
      await go.promise;
      return create(StringValueSchema, { value: 'old' });
    });
    await begun.promise;
    await there.cache.invalidate('concert:1');
    go.resolve(undefined);
    expect((await old).value).toBe('old');
    // Its refused store was sent before this, over the same connection.
    await here.connection.client.ping();
    expect(await stored()).toBe(false);
    const source = new Source();
    expect((await there.cache.read(shared, source.load)).value).toBe('first');
    await until(async () => (await here.cache.read(shared, source.load)).value === 'first');
  });

  test('keeps a thousand entries of a group, for its time', async () => {
    const source = new Source();
    const fields = Array.from({ length: 1_100 }, (_, index) => `page ${index}`);
    await Promise.all(fields.map((field) => here.cache.read({ ...shared, field }, source.load)));
    await here.connection.client.ping();
    const key = await keyOf(here.connection);
    expect(await here.connection.client.hlen(key)).toBeLessThanOrEqual(1_000);
    expect(await here.connection.client.pttl(key)).toBeGreaterThan(0);
    expect(await here.connection.client.pttl(key)).toBeLessThanOrEqual(60_000);
  });

  test('stays right while Redis is killed and comes back: what was changed meanwhile is never old for long', async () => {
    const source = new Source();
    const brief = { ...shared, memoryMs: 50 };
    await here.cache.read(brief, source.load);
    await until(stored);
    await redis.kill();
    source.value = 'second';
    await here.cache.invalidate('concert:1');
    expect((await here.cache.read(brief, source.load)).value).toBe('second');
    await until(async () => (await there.cache.read(brief, source.load)).value === 'second');
    await redis.start();
    await until(() => here.connection.available && there.connection.available);
    source.value = 'third';
    await here.cache.invalidate('concert:1');
    await until(async () => (await there.cache.read(brief, source.load)).value === 'third');
  });

  test('makes up for an invalidation that it could not make, when Redis comes back with the old value', async () => {
    const source = new Source();
    const brief = { ...shared, memoryMs: 50 };
    await here.cache.read(brief, source.load);
    await until(stored);
    // Cut off: the commands of this process fail, those of the other do not.
    redis.hang();
    source.value = 'second';
    await here.cache.invalidate('concert:1');
    expect((await here.cache.read(brief, source.load)).value).toBe('second');
    redis.proceed();
    await until(async () => (await there.cache.read(brief, source.load)).value === 'second');
  });

  /** Read in both processes by Redis, and from then on in memory alone, for as long as they hear of changes. */
  async function rememberedByBoth(entryMs = 30): Promise<{ source: Source; brief: typeof shared }> {
    const [source, brief] = [new Source(), { ...shared, memoryMs: entryMs }];
    await until(() => [here, there].every(({ wakeUps }) => wakeUps.follows(cacheTopic)));
    await here.cache.read(brief, source.load);
    await until(stored);
    await there.cache.read(brief, source.load);
    source.value = 'second';
    await here.connection.client.flushall();
    await delay(2 * entryMs);
    for (const { cache } of [here, there]) expect((await cache.read(brief, source.load)).value).toBe('first');
    return { source, brief };
  }

  test('keeps in memory for as long as it hears of changes', async () => {
    const { source, brief } = await rememberedByBoth();
    await there.cache.invalidate('concert:1');
    await until(async () => (await here.cache.read(brief, source.load)).value === 'second');
  });

  test('that missed a word reads anew when it hears again', async () => {
    const { source, brief } = await rememberedByBoth();
    // Nobody tells of the change; the connections for words are ended by the server.
    await here.connection.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    for (const { cache } of [here, there]) {
      await until(async () => (await cache.read(brief, source.load)).value === 'second');
    }
  });

  test('does not trust its memory when the connection is dead, and nobody closed it', async () => {
    const { source, brief } = await rememberedByBoth();
    redis.hang();
    for (const { cache, wakeUps } of [here, there]) {
      await until(async () => (await cache.read(brief, source.load)).value === 'second');
      expect(wakeUps.follows(cacheTopic)).toBe(false);
    }
    redis.proceed();
    await until(() => [here, there].every(({ wakeUps }) => wakeUps.follows(cacheTopic)));
  });

  test('does not read what a Redis that was started again has from before', async () => {
    const source = new Source();
    const brief = { ...shared, memoryMs: 30 };
    await here.cache.read(brief, source.load);
    await until(stored);
    await here.connection.client.call('SAVE');
    const old = await keyOf(here.connection);
    source.value = 'second';
    await here.cache.invalidate('concert:1');
    await redis.kill();
    await redis.start();
    await until(() => here.connection.available && there.connection.available);
    expect(await here.connection.client.hexists(old, 'name')).toBe(1);
    expect((await there.cache.read(brief, source.load)).value).toBe('second');
    // Whoever starts it after this test starts it empty.
    await here.connection.client.flushall();
    await here.connection.client.call('SAVE');
  });

  test('says when an invalidation did not reach Redis, and makes it for all when it did', async () => {
    const { source, brief } = await rememberedByBoth();
    await redis.kill();
    await expect(here.cache.invalidateSurely('concert:1')).rejects.toThrow();
    await expect(here.cache.invalidateEverything()).rejects.toThrow();
    await redis.start();
    await until(() => [here, there].every(({ wakeUps }) => wakeUps.follows(cacheTopic)));
    const { cache } = here;
    for (const [value, invalidate] of [
      ['third', () => cache.invalidateSurely('concert:1')],
      ['fourth', () => cache.invalidateEverything()],
    ] as const) {
      await there.cache.read(brief, source.load);
      source.value = value;
      // As whoever has to does: until it is done.
      await until(() =>
        invalidate().then(
          () => true,
          () => false,
        ),
      );
      expect(await here.connection.client.keys(`${here.connection.prefix}cache:*`)).toEqual([]);
      await until(async () => (await there.cache.read(brief, source.load)).value === value);
    }
  });

  test('that reads from another cache keeps nothing for long that may come from before a change', async () => {
    const { wakeUps } = here;
    await until(() => wakeUps.follows(cacheTopic));
    using memory = new Memory<StringValue>({ wakeUps, entriesMax: 10, settleMs: 60_000 });
    const [source, long] = [new Source(), { group: 'concert:1', field: 'page', momentMs: 20, keepMs: 60_000 }];
    memory.forget('concert:1');
    await memory.read(long, source.load);
    await until(() => memory.peek(long) === undefined);
    using settled = new Memory<StringValue>({ wakeUps, entriesMax: 10, settleMs: 0 });
    // What was read before it began to hear is not kept either.
    await until(async () => {
      await settled.read(long, source.load);
      await delay(40);
      return settled.peek(long) !== undefined;
    });
  });
});
