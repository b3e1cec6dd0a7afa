import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import pg from 'pg';

import { databaseFailure, databaseRefusal } from '../database/failure.ts';
import { openPool, type Pool, type PoolOptions } from '../database/pool.ts';
import { transaction } from '../database/transaction.ts';
import { createLogger } from '../log.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase({ schema: 'pools', migrations: [] });
});

afterAll(() => database[Symbol.asyncDispose]());

function open(options: Partial<PoolOptions> = {}): Pool {
  return openPool({ url: database.url, schema: 'pools', applicationName: 'pool test', ...options });
}

async function one(pool: Pool, sql: string): Promise<Record<string, unknown>> {
  const { rows } = await pool.query<Record<string, unknown>>(sql);
  return rows[0] ?? {};
}

/** Ends the server's side of every connection of a pool, as a restart of the server does. */
async function terminateBackends(name: string): Promise<void> {
  await using other = open({ applicationName: 'terminator' });
  await other.query('select pg_terminate_backend(pid, 1000) from pg_stat_activity where application_name = $1', [name]);
}

test('int8 is bigint, timestamptz is Date, a day stays text, and so in arrays', async () => {
  await using pool = open();
  const row = await one(
    pool,
    `select 9007199254740993 as big, '{1,null,-9223372036854775808}'::int8[] as bigs, '{}'::int8[] as none,
       '2026-12-24 10:00:00.123456+09'::timestamptz as at, array['2026-12-24 10:00+00'::timestamptz, null] as times,
       '2026-12-24'::date as day, '{2026-12-24}'::date[] as days, '2026-12-24 10:00'::timestamp as local, 7::int4 as small`,
  );
  expect(row).toEqual({
    big: 9_007_199_254_740_993n,
    bigs: [1n, null, -9_223_372_036_854_775_808n],
    none: [],
    at: new Date('2026-12-24T01:00:00.123Z'),
    times: [new Date('2026-12-24T10:00:00Z'), null],
    day: '2026-12-24',
    days: ['2026-12-24'],
    local: '2026-12-24 10:00:00',
    small: 7,
  });
});

test('parsers of one pool change nothing for other users of pg', async () => {
  await using pool = open();
  await pool.query('select 1::int8');
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query<{ big: unknown }>('select 1::int8 as big');
  await client.end();
  expect(rows).toEqual([{ big: '1' }]);
});

test('every session has its limits, its name and its schema', async () => {
  await using pool = open();
  await using strict = open({
    applicationName: 'strict',
    statementTimeoutMs: 400,
    lockTimeoutMs: 300,
    idleInTransactionTimeoutMs: 200,
  });
  const settings = `select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
    current_setting('idle_in_transaction_session_timeout') as idle, current_setting('application_name') as name,
    current_setting('search_path') as path`;
  const common = { path: 'pools' };
  expect(await one(pool, settings)).toEqual({
    statement: '10s',
    lock: '2s',
    idle: '10s',
    name: 'pool test',
    ...common,
  });
  expect(await one(strict, settings)).toEqual({
    statement: '400ms',
    lock: '300ms',
    idle: '200ms',
    name: 'strict',
    ...common,
  });
});

test('options in the URL do not replace the schema', async () => {
  await using pool = open({ url: `${database.url}?options=-c%20search_path%3Dpublic` });
  expect(await one(pool, 'show search_path')).toEqual({ search_path: 'pools' });
});

test('a statement and the wait for a lock end at their limits', async () => {
  await using pool = open({ statementTimeoutMs: 200, lockTimeoutMs: 100 });
  const slow = await pool.query('select pg_sleep(10)').catch((error: unknown) => error);
  expect(slow).toMatchObject({ code: '57014' });
  expect(databaseRefusal(new Error('wrapped', { cause: slow }))).toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
  await transaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock(1)');
    const second = openPool({ url: database.url, schema: 'pools', applicationName: 'second', lockTimeoutMs: 100 });
    const waiting = await second.query('select pg_advisory_lock(1)').catch((error: unknown) => error);
    await second[Symbol.asyncDispose]();
    expect(waiting).toMatchObject({ code: '55P03' });
    expect(databaseRefusal(waiting)).toMatchObject({ reason: 'BUSY' });
  });
});

test('waiting for a connection ends at its limit', async () => {
  await using pool = open({ max: 1, connectionTimeoutMs: 100 });
  const client = await pool.connect();
  const late = await pool.connect().catch((error: unknown) => error);
  client.release();
  expect(databaseFailure(late)).toBe('unavailable');
  expect(databaseRefusal(late)).toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
  expect(await one(pool, 'select 1 as x')).toEqual({ x: 1 });
});

test('connecting to what never answers ends at its limit', async () => {
  const silent = createServer().listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  await using pool = open({ url: `postgres://nobody@127.0.0.1:${port}/nothing`, connectionTimeoutMs: 100 });
  const error = await pool.query('select 1').catch((thrown: unknown) => thrown);
  silent.close();
  expect(databaseFailure(error)).toBe('unavailable');
});

test('a server that is not there is told apart from a mistake', async () => {
  await using away = open({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
  await using pool = open();
  const refused = await away.query('select 1').catch((error: unknown) => error);
  const wrong = await pool.query('selct 1').catch((error: unknown) => error);
  expect(databaseFailure(refused)).toBe('unavailable');
  expect(databaseFailure(wrong)).toBeUndefined();
  expect(databaseRefusal(wrong)).toBeUndefined();
});

test('the pool heals after the server has ended its connections, idle or in use', async () => {
  const lines: string[] = [];
  const log = createLogger('test', 'warn', { write: (line) => void lines.push(line) });
  await using pool = open({ applicationName: 'ended', max: 3, log });
  const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
  const noticed = Promise.all(clients.map((client) => new Promise((resolve) => client.once('end', resolve))));
  clients[0].release();
  const running = clients[1].query('select pg_sleep(10)').catch((error: unknown) => error);
  await terminateBackends('ended');
  expect(databaseFailure(await running)).toBe('unavailable');
  await noticed;
  clients[1].release();
  clients[2].release();
  const answers = await Promise.all([1, 2, 3].map(() => one(pool, 'select 1 as x')));
  expect(answers).toEqual([{ x: 1 }, { x: 1 }, { x: 1 }]);
  expect(lines.filter((line) => line.includes('database connection lost'))).toHaveLength(3);
});

test('a connection cannot be taken inside a transaction of the same pool', async () => {
  await using pool = open({ max: 1 });
  await transaction(pool, async (client) => {
    await expect(pool.connect()).rejects.toThrow('inside a transaction');
    await expect(pool.query('select 1')).rejects.toThrow('inside a transaction');
    await expect(transaction(pool, async () => 1)).rejects.toThrow('inside a transaction');
    expect((await client.query('select 1 as x')).rows).toEqual([{ x: 1 }]);
  });
  expect(await one(pool, 'select 1 as x')).toEqual({ x: 1 });
});

test('what a transaction has started and left behind may use the pool afterwards', async () => {
  await using pool = open();
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const { later } = await transaction(pool, async () => ({ later: over.then(() => one(pool, 'select 1 as x')) }));
  resolve();
  expect(await later).toEqual({ x: 1 });
});

test('disposing twice is disposing once, and ends all use', async () => {
  const pool = open();
  await pool.query('select 1');
  await pool[Symbol.asyncDispose]();
  await pool[Symbol.asyncDispose]();
  const error = await pool.query('select 1').catch((thrown: unknown) => thrown);
  expect(databaseFailure(error)).toBe('unavailable');
});

test('disposing a pool with a connection that nobody gives back fails, and cuts it', async () => {
  const pool = open({ applicationName: 'hoarder' });
  const client = await pool.connect();
  const ended = once(client, 'end');
  await expect(pool[Symbol.asyncDispose]()).rejects.toThrow('1 connection(s) to the schema pools were in use');
  await ended;
});
