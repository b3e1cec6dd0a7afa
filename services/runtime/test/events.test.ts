import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { violations } from '../database/invariant.ts';
import { Migration } from '../database/migrate.ts';
import { openPool, type Pool } from '../database/pool.ts';
import { transaction, type PoolClient } from '../database/transaction.ts';
import { reasonOf } from '../error.ts';
import { EventFeed } from '../events/feed.ts';
import { forgetEvents } from '../events/forget-events.ts';
import { eventInvariants } from '../events/invariants.ts';
import { orderEvents } from '../events/order-events.ts';
import { EventRelay } from '../events/relay.ts';
import { eventTables } from '../events/tables.ts';
import { watchEvents, type WatchMessage, type WatchRequest } from '../events/watch-events.ts';
import { writeEvent } from '../events/write-event.ts';
import type { Identity } from '../identity.ts';
import { createLogger } from '../log.ts';
import { openRedis, type RedisConnection } from '../redis/connection.ts';
import { openWakeUps, type WakeUps } from '../redis/wake-ups.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';
import { describeWithRedis, testRedis, type TestRedis } from '../testing/redis.ts';

class MakeEvents extends Migration {
  override up(): void {
    this.addSql(eventTables);
    this.addSql('create table subjects (id integer primary key, version integer not null default 0)');
  }
}

const schema = 'events_test';
const log = createLogger('test', 'silent');
const operator: Pick<Identity, 'kind' | 'partner'> = { kind: 'operator', partner: 'house' };
const partnerOf = (partner: string): Pick<Identity, 'kind' | 'partner'> => ({ kind: 'partner', partner });

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase({ schema, migrations: [MakeEvents] });
  pool = openPool({ url: database.url, schema, applicationName: 'events test', max: 20 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let opened: AsyncDisposableStack;
beforeEach(() => void (opened = new AsyncDisposableStack()));
afterEach(async () => {
  await opened.disposeAsync();
  expect(await violations(pool, eventInvariants('test'))).toEqual([]);
  await pool.query('truncate outbox, events restart identity');
  await pool.query(`update event_head set position = 0, forgotten_through = 0, epoch = gen_random_uuid(),
    begun_at = date_trunc('milliseconds', clock_timestamp())`);
});

function relay(wakeUps: WakeUps = opened.use(openWakeUps(undefined)), redis?: RedisConnection): EventRelay {
  return new EventRelay({ pool, log, wakeUps, redis, retentionHours: 1, streamLengthMax: 100_000 });
}

function feed(watchersMax = 10): EventFeed {
  const wakeUps = opened.use(openWakeUps(undefined));
  return opened.use(new EventFeed({ pool, log, wakeUps, relay: relay(wakeUps), watchersMax }));
}

function write(subject: string, client: Pool | PoolClient = pool, partner: string | null = null, type = 'thing.done') {
  return writeEvent.run(client, [`boxoffice.test.${type}.v1`, subject, partner, JSON.stringify({ of: subject })]);
}

async function orderAll(): Promise<void> {
  while ((await orderEvents.one(pool, [1_000])).ordered > 0);
}

/** Who watches, and keeps what has come. */
class Watcher implements AsyncDisposable {
  readonly messages: WatchMessage[] = [];
  readonly #end = new AbortController();
  readonly ended: Promise<string>;

  constructor(of: EventFeed, request: Partial<WatchRequest> = {}, identity = operator) {
    const asked = { afterCursor: '', types: [], ...request };
    this.ended = this.#read(watchEvents(of, asked, identity, this.#end.signal)).then(
      () => 'none',
      (error: unknown) => reasonOf(error) ?? (error instanceof Error ? error.name : 'none'),
    );
  }

  async #read(stream: AsyncIterable<WatchMessage>): Promise<void> {
    for await (const message of stream) this.messages.push(message);
  }

  get subjects(): (string | undefined)[] {
    return this.messages.flatMap(({ events }) => events.map(({ subject }) => subject));
  }

  get cursors(): string[] {
    return this.messages.flatMap(({ events }) => events.map(({ cursor }) => cursor ?? ''));
  }

  async gets(count: number): Promise<(string | undefined)[]> {
    await until(() => this.subjects.length >= count);
    return this.subjects;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.ended;
  }
}

function watcher(...of: ConstructorParameters<typeof Watcher>): Watcher {
  return opened.use(new Watcher(...of));
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 15_000;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not so in time: ${holds.toString()}`);
    await delay(5);
  }
}

describe('the order of events', () => {
  test('is without a gap for who watches, though ids are committed out of order', async () => {
    const watching = watcher(feed());
    const [early, late] = [await pool.connect(), await pool.connect()];
    try {
      await early.query('begin');
      await write('early', early); // The lower id.
      await late.query('begin');
      await write('late', late);
      await late.query('commit');
      expect(await watching.gets(1)).toEqual(['late']);
      const [cursor = ''] = watching.cursors;
      await early.query('commit');
      expect(await watching.gets(2)).toEqual(['late', 'early']);
      const resumed = watcher(feed(), { afterCursor: cursor });
      expect(await resumed.gets(1)).toEqual(['early']);
    } finally {
      early.release();
      late.release();
    }
  });

  test('is dense, and that of each subject, with writers and relays all at once', async () => {
    await pool.query('truncate subjects');
    await pool.query('insert into subjects (id) select generate_series(1, 4)');
    const step = (id: number) =>
      transaction(pool, (client) =>
        client.query(
          `with subject as (update subjects set version = version + 1 where id = $1 returning id, version)
           insert into outbox (type, subject, data)
           select 'boxoffice.test.subject.changed.v1', 'subjects/' || id, jsonb_build_object('version', version) from subject`,
          [id],
        ),
      );
    let writing = true;
    const relays = Array.from({ length: 4 }, async () => {
      while (writing) await orderEvents.one(pool, [7]);
    });
    const writers = Array.from({ length: 8 }, async (_, index) => {
      for (let round = 0; round < 50; round++) await step((index % 4) + 1);
    });
    await Promise.all(writers).finally(() => (writing = false));
    await Promise.all(relays);
    await orderAll();
    const { rows } = await pool.query<{ position: bigint; subject: string; version: number }>(
      `select position, subject, (data->>'version')::integer as version from events order by position`,
    );
    expect(rows.map(({ position }) => position)).toEqual(Array.from({ length: 400 }, (_, index) => BigInt(index + 1)));
    for (const ofSubject of Map.groupBy(rows, ({ subject }) => subject).values()) {
      expect(ofSubject.map(({ version }) => version)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    }
  });

  test('is given to so many as were asked for', async () => {
    for (let event = 0; event < 5; event++) await write(`things/${event}`);
    expect(await relay().order(3)).toBe(3);
    expect(await relay().order(3)).toBe(2);
    expect(await relay().order(3)).toBe(0);
  });
});

describe('who watches', () => {
  test('goes on after any cursor without a loss, and without what came before it', async () => {
    for (let event = 0; event < 5; event++) await write(`things/${event}`);
    const shared = feed();
    const all = watcher(shared);
    const subjects = await all.gets(5);
    for (const [index, afterCursor] of all.cursors.entries()) {
      const rest = subjects.slice(index + 1);
      const resumed = watcher(shared, { afterCursor });
      await until(() => resumed.messages.length > 0);
      expect(await resumed.gets(rest.length)).toEqual(rest);
    }
    expect(new Set(all.messages.flatMap(({ events }) => events.map(({ id }) => id))).size).toBe(5);
  });

  test('gets a first message at once, and each of 100 events at most', async () => {
    const watching = watcher(feed());
    await until(() => watching.messages.length === 1);
    expect(watching.messages[0]?.events).toEqual([]);
    await pool.query(
      `insert into outbox (type, subject, data)
       select 'boxoffice.test.thing.done.v1', 'things/' || n, '{}' from generate_series(1, 250) n`,
    );
    await watching.gets(250);
    expect(Math.max(...watching.messages.map(({ events }) => events.length))).toBeLessThanOrEqual(100);
    expect(watching.subjects).toEqual(Array.from({ length: 250 }, (_, index) => `things/${index + 1}`));
  });

  test('gets large events in messages of a size that every client takes', async () => {
    await pool.query(
      `insert into outbox (type, subject, data)
       select 'boxoffice.test.thing.done.v1', 'things/' || n, jsonb_build_object('text', repeat('x', 300000))
       from generate_series(1, 10) n`,
    );
    const watching = watcher(feed());
    await watching.gets(10);
    expect(Math.max(...watching.messages.map(({ events }) => events.length))).toBe(3);
  });

  test('gets only the types asked for, and a cursor past the others', async () => {
    await write('things/1');
    await write('others/1', pool, null, 'other.done');
    await write('things/2');
    await orderAll();
    const shared = feed();
    const watching = watcher(shared, { types: ['boxoffice.test.other.done.v1'] });
    expect(await watching.gets(1)).toEqual(['others/1']);
    const none = watcher(shared, { types: ['boxoffice.test.never.v1'] });
    await until(() => none.messages.length === 1);
    await write('things/3');
    const resumed = watcher(shared, { afterCursor: none.messages[0]?.cursor ?? '' });
    expect(await resumed.gets(1)).toEqual(['things/3']);
  });

  test('gets its own and what concerns everybody, and nothing of another partner', async () => {
    await write('acme/1', pool, 'acme');
    await write('globex/1', pool, 'globex');
    await write('all/1');
    await write('acme/2', pool, 'acme');
    const shared = feed();
    const acme = watcher(shared, {}, partnerOf('acme'));
    const globex = watcher(shared, {}, partnerOf('globex'));
    const everything = watcher(shared);
    expect(await everything.gets(4)).toEqual(['acme/1', 'globex/1', 'all/1', 'acme/2']);
    expect(await acme.gets(3)).toEqual(['acme/1', 'all/1', 'acme/2']);
    expect(await globex.gets(2)).toEqual(['globex/1', 'all/1']);
  });

  test('is refused with a cursor that is none, of another log, or ahead of the log', async () => {
    await write('things/1');
    const shared = feed();
    const first = watcher(shared);
    await first.gets(1);
    const [cursor = ''] = first.cursors;
    expect(await watcher(shared, { afterCursor: 'nonsense' }).ended).toBe('CURSOR_INVALID');
    await pool.query('truncate events');
    await pool.query('update event_head set position = 0');
    expect(await watcher(shared, { afterCursor: cursor }).ended).toBe('CURSOR_INVALID');
    await pool.query('update event_head set epoch = gen_random_uuid()');
    await write('things/1');
    await orderAll();
    expect(await watcher(shared, { afterCursor: cursor }).ended).toBe('CURSOR_INVALID');
  });

  test('is one of so many at once', async () => {
    const shared = feed(1);
    const first = new Watcher(shared);
    await until(() => first.messages.length === 1);
    expect(await watcher(shared).ended).toBe('STREAM_LIMIT');
    await first[Symbol.asyncDispose]();
    const next = watcher(shared);
    await until(() => next.messages.length === 1);
  });

  test('goes on when the database has been away', async () => {
    const shared = feed();
    const watching = watcher(shared);
    await until(() => watching.messages.length === 1);
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await until(() =>
      write('things/1').then(
        () => true,
        () => false,
      ),
    );
    expect(await watching.gets(1)).toEqual(['things/1']);
  });
});

describe('what is old', () => {
  const age = (minutes: number, through: number) =>
    pool.query(`update events set ordered_at = ordered_at - $1 * interval '1 minute' where position <= $2`, [
      minutes,
      through,
    ]);

  test('is forgotten from the beginning of the log on; who goes on before it is told so', async () => {
    for (let event = 1; event <= 4; event++) await write(`things/${event}`);
    const shared = feed();
    const watching = watcher(shared);
    await watching.gets(4);
    const cursors = watching.cursors;
    await age(120, 3);
    expect(await forgetEvents.one(pool, [3_600, 2, false])).toEqual({ forgotten: 2 });
    await relay().run();
    expect(await watcher(shared, { afterCursor: cursors[1] ?? '' }).ended).toBe('CURSOR_EXPIRED');
    expect(await watcher(shared, { afterCursor: cursors[2] ?? '' }).gets(1)).toEqual(['things/4']);
    expect(await watcher(shared).gets(1)).toEqual(['things/4']);
  });

  test('is told from what is fine in an empty log too', async () => {
    for (let event = 1; event <= 2; event++) await write(`things/${event}`);
    const shared = feed();
    const watching = watcher(shared);
    await watching.gets(2);
    const [first = '', second = ''] = watching.cursors;
    await age(120, 2);
    await relay().run();
    expect(await watcher(shared, { afterCursor: first }).ended).toBe('CURSOR_EXPIRED');
    await write('things/3');
    expect(await watcher(shared, { afterCursor: second }).gets(1)).toEqual(['things/3']);
    expect(await watcher(shared).gets(1)).toEqual(['things/3']);
  });

  test('stays for twice the time while Redis has not got it', async () => {
    await pool.query('update event_stream set published_through = 1');
    for (let event = 1; event <= 3; event++) await write(`things/${event}`);
    await orderAll();
    await age(90, 3);
    expect(await forgetEvents.one(pool, [3_600, 10, true])).toEqual({ forgotten: 1 });
    await age(60, 2);
    expect(await forgetEvents.one(pool, [3_600, 10, true])).toEqual({ forgotten: 1 });
  });
});

describeWithRedis('in Redis, events', () => {
  let server: TestRedis;
  beforeAll(async () => void (server = await testRedis()));
  afterAll(async () => server[Symbol.asyncDispose]());

  async function connected(): Promise<RedisConnection> {
    const redis = opened.use(openRedis({ url: server.url, log, name: 'events test' }));
    await until(() => redis.available);
    await redis.client.flushall();
    return redis;
  }

  async function entries(redis: RedisConnection): Promise<Record<string, string>[]> {
    const found = await redis.client.xrange(`${redis.prefix}events:${schema}`, '-', '+');
    return found.map(([, fields]) =>
      Object.fromEntries(fields.flatMap((name, index) => (index % 2 === 0 ? [[name, fields[index + 1] ?? '']] : []))),
    );
  }

  test('are in order with the attributes of CloudEvents, once, whoever publishes them', async () => {
    const redis = await connected();
    for (let event = 1; event <= 3; event++) await write(`things/${event}`, pool, 'acme');
    await orderAll();
    const relays = Array.from({ length: 3 }, () => relay(undefined, redis));
    await Promise.all(relays.map((one) => one.run()));
    await until(async () => (await entries(redis)).length === 3);
    await relays[0]?.run();
    const published = await entries(redis);
    expect(published.map(({ subject }) => subject)).toEqual(['things/1', 'things/2', 'things/3']);
    expect(published[0]).toMatchObject({
      specversion: '1.0',
      source: 'boxoffice/events_test',
      type: 'boxoffice.test.thing.done.v1',
      datacontenttype: 'application/json',
      data: '{"of": "things/1"}',
      partner: 'acme',
    });
    const rest = watcher(feed(), { afterCursor: published[0]?.['cursor'] ?? '' });
    expect(await rest.gets(2)).toEqual(['things/2', 'things/3']);
  });

  test('go on where they stood when it was away, and it gets back what it has lost', async () => {
    const redis = await connected();
    const publisher = relay(undefined, redis);
    await write('things/1');
    await publisher.run();
    expect(await entries(redis)).toHaveLength(1);
    await server.kill();
    await until(() => !redis.available);
    await write('things/2');
    expect(await publisher.run()).toBe(1);
    const watching = watcher(feed());
    expect(await watching.gets(2)).toEqual(['things/1', 'things/2']);
    await server.start();
    await until(() => redis.available);
    await publisher.run();
    expect((await entries(redis)).map(({ subject }) => subject)).toEqual(['things/1', 'things/2']);
  });
});
