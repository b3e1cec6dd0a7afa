import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { ConfigError } from '../config.ts';
import { createLogger } from '../log.ts';
import { openRedis, retryMs, type RedisConnection } from '../redis/connection.ts';
import { script } from '../redis/script.ts';
import { openWakeUps, type WakeUps } from '../redis/wake-ups.ts';
import { describeWithRedis, testRedis, type TestRedis } from '../testing/redis.ts';

const waitMs = 10_000;
async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + waitMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`not so after ${waitMs} ms: ${holds.toString()}`);
    await delay(5);
  }
}

const lines: string[] = [];
const log = createLogger('test', 'info', { write: (line: string) => void lines.push(line) });
const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
  lines.length = 0;
});

function connect(url: string): RedisConnection {
  const connection = openRedis({ url, log, name: 'boxoffice test' });
  opened.push(connection);
  return connection;
}

function bus(connection?: RedisConnection): WakeUps {
  const wakeUps = openWakeUps(connection);
  opened.push(wakeUps);
  return wakeUps;
}

test('a URL of something else is a fault of the configuration, without the URL in it', () => {
  const wrong = (): RedisConnection => openRedis({ url: 'http://user:hunter2@host', log, name: 'test' });
  expect(wrong).toThrow(ConfigError);
  expect(wrong).not.toThrow(/hunter2/);
});

test('tries to connect more and more slowly, up to 3 s, each at a time of its own', () => {
  expect(retryMs(1)).toBeLessThanOrEqual(100);
  for (const times of [6, 100, 10_000]) {
    expect(retryMs(times)).toBeGreaterThanOrEqual(1_500);
    expect(retryMs(times)).toBeLessThanOrEqual(3_000);
  }
  expect(new Set(Array.from({ length: 20 }, () => retryMs(9))).size).toBeGreaterThan(1);
});

test('a Redis that is not there is told once, fails commands at once, and costs nothing at the end', async () => {
  const connection = connect('redis://:hunter2@127.0.0.1:9/2');
  await until(() => lines.length > 0);
  await until(() => connection.client.status === 'connecting' || connection.client.status === 'reconnecting');
  await expect(connection.client.get('key')).rejects.toThrow();
  expect(connection.available).toBe(false);
  expect(connection.prefix).toBe('boxoffice:2:');
  let tries = 0;
  connection.client.on('connect', () => tries++).on('close', () => tries++);
  await until(() => tries > 1);
  const startedMs = performance.now();
  await connection[Symbol.asyncDispose]();
  expect(performance.now() - startedMs).toBeLessThan(500);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('Redis is away');
  expect(lines.join()).not.toContain('hunter2');
});

test('without Redis, listeners of the same process are woken', () => {
  const wakeUps = bus();
  const heard: string[] = [];
  const listening = wakeUps.subscribe('topic', (subject) => heard.push(subject));
  wakeUps.publish('topic', '1');
  wakeUps.publish('other', '2');
  listening[Symbol.dispose]();
  wakeUps.publish('topic', '3');
  expect(heard).toEqual(['1']);
});

describeWithRedis('with a Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => void (redis = await testRedis()));
  afterAll(async () => redis[Symbol.asyncDispose]());

  async function ready(): Promise<RedisConnection> {
    const connection = connect(redis.url);
    await until(() => connection.available);
    return connection;
  }

  test('a wrong password is never in the log', async () => {
    const connection = connect(redis.url.replace('//', '//user:hunter2@'));
    await until(() => lines.length > 0);
    await expect(connection.client.get('key')).rejects.not.toThrow(/hunter2/);
    expect(lines.join()).not.toContain('hunter2');
  });

  test('that is killed is told once, and so is its return; commands fail at once meanwhile', async () => {
    const { client, ...connection } = await ready();
    await redis.kill();
    await until(() => client.status !== 'ready');
    const startedMs = performance.now();
    await expect(client.set('key', 'value')).rejects.toThrow();
    expect(performance.now() - startedMs).toBeLessThan(100);
    await redis.start();
    await until(() => client.status === 'ready');
    await client.set('key', 'value');
    expect(connection.prefix).toBe('boxoffice:0:');
    const told = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(told).toEqual(['Redis is away: going on without it', 'Redis is back']);
  });

  test('that hangs costs half a second, and then nothing', async () => {
    const connection = await ready();
    redis.hang();
    try {
      const startedMs = performance.now();
      await expect(connection.client.get('key')).rejects.toThrow();
      expect(performance.now() - startedMs).toBeLessThan(1_500);
      await until(() => !connection.available);
      const laterMs = performance.now();
      await expect(connection.client.get('key')).rejects.toThrow();
      expect(performance.now() - laterMs).toBeLessThan(100);
    } finally {
      redis.proceed();
    }
    await until(() => connection.available);
  });

  test('runs scripts, also after it has lost them', async () => {
    const { client } = await ready();
    const twice = script('return {KEYS[1] .. ARGV[1], 2}');
    expect(await twice.run(client, ['a'], ['b'])).toEqual([Buffer.from('ab'), 2]);
    await client.script('FLUSH');
    expect(await twice.run(client, ['a'], ['b'])).toEqual([Buffer.from('ab'), 2]);
  });

  test('wakes listeners in all programs, each once', async () => {
    const [here, there] = [bus(await ready()), bus(await ready())];
    const heard = { here: [] as string[], there: [] as string[] };
    here.subscribe('topic', (subject) => heard.here.push(subject));
    there.subscribe('topic', (subject) => heard.there.push(subject));
    await until(() => {
      here.publish('topic', 'first');
      return heard.there.length > 0;
    });
    here.publish('topic', 'last');
    await until(() => heard.there.includes('last'));
    expect(heard.here.filter((subject) => subject === 'last')).toEqual(['last']);
    expect(heard.there.filter((subject) => subject === 'last')).toEqual(['last']);
  });

  test('is told a rush of the same a few times, and its end for certain', async () => {
    const connection = await ready();
    const [here, there] = [bus(connection), bus(await ready())];
    const heard: string[] = [];
    there.subscribe('topic', (subject) => heard.push(subject));
    await until(() => {
      here.publish('topic', 'warm');
      return heard.length > 0;
    });
    heard.length = 0;
    for (let turn = 0; turn < 50; turn++) {
      for (let message = 0; message < 100; message++) here.publish('topic', 'rush');
      await delay(1);
    }
    here.publish('topic', 'end');
    await until(() => heard.includes('end'));
    const count = heard.filter((subject) => subject === 'rush').length;
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(100);
  });

  test('that comes back is listened to again by itself', async () => {
    const [here, there] = [bus(await ready()), bus(await ready())];
    const heard: string[] = [];
    there.subscribe('topic', (subject) => heard.push(subject));
    await redis.kill();
    here.publish('topic', 'lost');
    await redis.start();
    await until(() => {
      here.publish('topic', 'found');
      return heard.includes('found');
    });
    expect(heard).not.toContain('lost');
  });
});
