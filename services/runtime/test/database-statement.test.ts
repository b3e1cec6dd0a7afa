import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';

import { openPool, type Pool } from '../database/pool.ts';
import { statement } from '../database/statement.ts';
import { transaction } from '../database/transaction.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase({ schema: 'public', migrations: [] });
});

afterAll(() => database[Symbol.asyncDispose]());

beforeEach(async () => {
  pool = openPool({ url: database.url, schema: 'public', applicationName: 'statement test', max: 1 });
  await pool.query('create table numbers (n int8 primary key, name text)');
});

afterEach(async () => {
  await pool.query('drop table numbers');
  await pool[Symbol.asyncDispose]();
});

const addNumbers = statement<[bigint[], string | null]>(
  'add-numbers',
  'insert into numbers (n, name) select n, $2 from unnest($1::int8[]) as n',
);
const numbersFrom = statement<[bigint], { n: bigint; name: string | null }>(
  'numbers-from',
  'select n, name from numbers where n >= $1 order by n',
);

test('rows, one, maybe and run give what their names say', async () => {
  expect(await addNumbers.run(pool, [[1n, 2n, 9_007_199_254_740_993n], 'x'])).toBe(3);
  expect(await numbersFrom.rows(pool, [2n])).toEqual([
    { n: 2n, name: 'x' },
    { n: 9_007_199_254_740_993n, name: 'x' },
  ]);
  expect(await numbersFrom.one(pool, [3n])).toEqual({ n: 9_007_199_254_740_993n, name: 'x' });
  expect(await numbersFrom.maybe(pool, [9_007_199_254_740_994n])).toBeUndefined();
  expect(await numbersFrom.rows(pool, [9_007_199_254_740_994n])).toEqual([]);
});

test('one and maybe throw for a number of rows that they do not promise', async () => {
  await addNumbers.run(pool, [[1n, 2n], null]);
  await expect(numbersFrom.one(pool, [1n])).rejects.toThrow('"numbers-from" gave 2 rows');
  await expect(numbersFrom.maybe(pool, [1n])).rejects.toThrow('"numbers-from" gave 2 rows');
  await expect(numbersFrom.one(pool, [3n])).rejects.toThrow('"numbers-from" gave no row');
});

test('a statement is prepared once a connection, by its name', async () => {
  await numbersFrom.rows(pool, [1n]);
  await numbersFrom.rows(pool, [2n]);
  const { rows } = await pool.query<{ name: string }>('select name from pg_prepared_statements');
  expect(rows).toEqual([{ name: 'numbers-from' }]);
});

test('a name belongs to one text', () => {
  expect(() => statement('numbers-from', 'select 1')).toThrow('two statements of the name "numbers-from"');
  expect(statement('numbers-from', numbersFrom.text).text).toBe(numbersFrom.text);
});

test('a name is short and plain', () => {
  for (const name of ['', 'Numbers', 'numbers from', 'n'.repeat(64)]) {
    expect(() => statement(name, 'select 1')).toThrow('is no name for a statement');
  }
});

test('a violated constraint does not cost the connection', async () => {
  const backend = statement<[], { pid: number }>('backend', 'select pg_backend_pid() as pid');
  const before = await backend.one(pool, []);
  await addNumbers.run(pool, [[1n], null]);
  await expect(addNumbers.run(pool, [[1n], null])).rejects.toMatchObject({ code: '23505' });
  expect(await backend.one(pool, [])).toEqual(before);
});

test('a plan that a migration has made stale is made anew, on the pool and in a transaction', async () => {
  const everything = statement<[], Record<string, unknown>>('everything', 'select * from numbers');
  await addNumbers.run(pool, [[1n], null]);
  expect(await everything.rows(pool, [])).toEqual([{ n: 1n, name: null }]);
  await pool.query('alter table numbers add column a int');
  expect(await everything.rows(pool, [])).toEqual([{ n: 1n, name: null, a: null }]);
  await pool.query('alter table numbers add column b int');
  expect(await transaction(pool, (client) => everything.rows(client, []))).toEqual([
    { n: 1n, name: null, a: null, b: null },
  ]);
});
