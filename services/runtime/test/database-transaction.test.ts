import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';

import { databaseFailure } from '../database/failure.ts';
import { openPool, type Pool } from '../database/pool.ts';
import { transaction, type PoolClient } from '../database/transaction.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase({ schema: 'public', migrations: [] });
});

afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  pool = openPool({ url: database.url, schema: 'public', applicationName: 'transaction test', max: 4 });
  await pool.query('create table counters (name text primary key, value int not null)');
  await pool.query(`insert into counters values ('a', 0), ('b', 0)`);
});

afterEach(async () => {
  await pool.query('drop table counters');
  await pool[Symbol.asyncDispose]();
});

async function values(): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ name: string; value: number }>('select name, value from counters order by name');
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

async function add(client: PoolClient, name: string): Promise<void> {
  await client.query('update counters set value = value + 1 where name = $1', [name]);
}

/** Lets as many parties pass as it is told to wait for, and everybody after them. */
function barrier(parties: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let here = 0;
  return () => {
    here += 1;
    if (here >= parties) resolve();
    return promise;
  };
}

test('work that returns is committed, and its value returned', async () => {
  const value = await transaction(pool, async (client) => {
    await add(client, 'a');
    await add(client, 'b');
    return 'done';
  });
  expect(value).toBe('done');
  expect(await values()).toEqual({ a: 1, b: 1 });
});

test('work that throws is rolled back, and its error thrown', async () => {
  const error = new Error('no');
  const work = transaction(pool, async (client) => {
    await add(client, 'a');
    throw error;
  });
  await expect(work).rejects.toBe(error);
  expect(await values()).toEqual({ a: 0, b: 0 });
});

test('work that throws does not cost the connection', async () => {
  await using single = openPool({ url: database.url, schema: 'public', applicationName: 'single', max: 1 });
  const backends: unknown[] = [];
  const work = (): Promise<void> =>
    transaction(single, async (client) => {
      backends.push((await client.query('select pg_backend_pid() as pid')).rows[0]);
      throw new Error('no');
    });
  await expect(work()).rejects.toThrow('no');
  await expect(work()).rejects.toThrow('no');
  expect(backends[1]).toEqual(backends[0]);
});

test('the isolation is the one that was asked for', async () => {
  const isolation = async (client: PoolClient): Promise<unknown> =>
    (await client.query<{ transaction_isolation: string }>('show transaction_isolation')).rows[0]
      ?.transaction_isolation;
  expect(await transaction(pool, isolation)).toBe('read committed');
  expect(await transaction(pool, isolation, { isolation: 'repeatable read' })).toBe('repeatable read');
  expect(await transaction(pool, isolation, { isolation: 'serializable' })).toBe('serializable');
});

test('a serialization failure is tried again', async () => {
  let attempts = 0;
  const bothHaveRead = barrier(2);
  const increment = (): Promise<void> =>
    transaction(
      pool,
      async (client) => {
        attempts += 1;
        const { rows } = await client.query<{ value: number }>(`select value from counters where name = 'a'`);
        await bothHaveRead();
        await client.query(`update counters set value = $1 where name = 'a'`, [Number(rows[0]?.value) + 1]);
      },
      { isolation: 'serializable' },
    );
  await Promise.all([increment(), increment()]);
  expect(await values()).toEqual({ a: 2, b: 0 });
  expect(attempts).toBe(3);
});

test('a deadlock is tried again', async () => {
  const bothHaveOne = barrier(2);
  const addBoth = (first: string, second: string): Promise<void> =>
    transaction(pool, async (client) => {
      await add(client, first);
      await bothHaveOne();
      await add(client, second);
    });
  await Promise.all([addBoth('a', 'b'), addBoth('b', 'a')]);
  expect(await values()).toEqual({ a: 2, b: 2 });
});

test('a conflict is tried again three times, another error never', async () => {
  const raised = async (state: string): Promise<{ attempts: number; error: unknown }> => {
    let attempts = 0;
    const work = transaction(pool, async (client) => {
      attempts += 1;
      await client.query(`do $$ begin raise exception 'raised' using errcode = '${state}'; end $$`);
    });
    const error: unknown = await work.catch((thrown: unknown) => thrown);
    return { attempts, error };
  };
  expect(await raised('40001')).toMatchObject({ attempts: 4, error: { code: '40001' } });
  expect(await raised('23505')).toMatchObject({ attempts: 1, error: { code: '23505' } });
});

test('a connection that breaks in the work is discarded, and the work not done again', async () => {
  let attempts = 0;
  const work = transaction(pool, async (client) => {
    attempts += 1;
    await add(client, 'a');
    await client.query('select pg_terminate_backend(pg_backend_pid())');
  });
  const error = await work.catch((thrown: unknown) => thrown);
  expect(databaseFailure(error)).toBe('unavailable');
  expect(attempts).toBe(1);
  expect(await values()).toEqual({ a: 0, b: 0 });
  expect(pool.totalCount).toBe(1);
});

test('a connection that breaks while the work does something else is discarded', async () => {
  const work = transaction(pool, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ended = new Promise((resolve) => client.once('end', resolve));
    await using other = openPool({ url: database.url, schema: 'public', applicationName: 'other' });
    await other.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    throw new Error('what the work says');
  });
  await expect(work).rejects.toThrow('what the work says');
  expect(pool.totalCount).toBe(0);
  expect(await values()).toEqual({ a: 0, b: 0 });
});

test('a transaction that was to begin on a connection that is dead begins on another', async () => {
  await using proxy = await openProxy(new URL(database.url));
  await using proxied = openPool({ url: proxy.url, schema: 'public', applicationName: 'proxied' });
  await proxied.query('select 1');
  proxy.cut(); // And the pool has no turn to notice.
  await transaction(proxied, (client) => add(client, 'a'));
  expect(proxy.connections()).toBe(2);
  expect(await values()).toEqual({ a: 1, b: 0 });
});

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** How many have been made through it. */
  connections(): number;
  cut(): void;
}

/** The network between a pool and its server, to be cut. */
async function openProxy(target: URL): Promise<Proxy> {
  const sockets: Socket[] = [];
  const server = createServer((incoming) => {
    const outgoing = connect(Number(target.port), target.hostname);
    for (const socket of [incoming, outgoing]) socket.on('error', () => undefined);
    incoming.pipe(outgoing).pipe(incoming);
    sockets.push(incoming, outgoing);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = (): void => sockets.forEach((socket) => void socket.destroy());
  return {
    url: url.href,
    connections: () => sockets.length / 2,
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
    },
  };
}

test('an error of a statement that the work has caught is not lost in a commit', async () => {
  const work = transaction(pool, async (client) => {
    await add(client, 'a');
    await client.query('select 1 / 0').catch(() => undefined);
  });
  await expect(work).rejects.toThrow('nothing could be committed');
  expect(await values()).toEqual({ a: 0, b: 0 });
});

test('work that ends the transaction itself is a mistake', async () => {
  const work = transaction(pool, async (client) => {
    await client.query('commit');
  });
  await expect(work).rejects.toThrow('ended the transaction');
  expect(await values()).toEqual({ a: 0, b: 0 });
});

test('more transactions than connections take turns', async () => {
  await Promise.all(Array.from({ length: 40 }, () => transaction(pool, (client) => add(client, 'a'))));
  expect(await values()).toEqual({ a: 40, b: 0 });
  expect(pool.totalCount).toBe(4);
});
