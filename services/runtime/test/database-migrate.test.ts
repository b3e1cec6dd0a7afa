import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { migrate, Migration } from '../database/migrate.ts';
import { openPool } from '../database/pool.ts';
import { createLogger } from '../log.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

class MakeThings extends Migration {
  override up(): void {
    this.addSql(`
      create table things (id bigint generated always as identity primary key, name text not null);
      create function name_of(bigint) returns text language sql as $$ select name from things where id = $1; $$`);
  }
}

class NameThings extends Migration {
  override up(): void {
    this.addSql(`insert into things (name) values ('what; is ? a $1 name')`);
  }
}

class Fail extends Migration {
  override up(): void {
    this.addSql(`insert into things (name) values ('lost')`);
    this.addSql('select 1 / 0');
  }
}

async function rows(schema: string, sql: string): Promise<unknown[]> {
  await using pool = openPool({ url: database.url, schema, applicationName: 'migrate test' });
  return (await pool.query<Record<string, unknown>>(sql)).rows;
}

test('of many starters exactly one runs each migration, and all come back when the schema is ready', async () => {
  const schema = 'many';
  const lines: string[] = [];
  const log = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  const starters = Array.from({ length: 5 }, async () => {
    const done = await migrate({ url: database.url, schema, migrations: [MakeThings, NameThings], log });
    return { done, things: await rows(schema, 'select name_of(id) as name from things') };
  });
  const outcomes = await Promise.all(starters);
  expect(outcomes.flatMap(({ done }) => done)).toEqual(['MakeThings', 'NameThings']);
  expect(outcomes.map(({ things }) => things)).toEqual(Array(5).fill([{ name: 'what; is ? a $1 name' }]));
  expect(await rows(schema, 'select name from many.migrations order by id')).toEqual([
    { name: 'MakeThings' },
    { name: 'NameThings' },
  ]);
  expect(lines.map((line) => (JSON.parse(line) as { migration: string }).migration)).toEqual([
    'MakeThings',
    'NameThings',
  ]);
});

test('everything is made in the schema, whose name may be any', async () => {
  const schema = 'Odd "name"';
  await migrate({ url: database.url, schema, migrations: [MakeThings] });
  const tables = `select tablename as name from pg_tables where schemaname = 'Odd "name"' order by 1`;
  expect(await rows(schema, tables)).toEqual([{ name: 'migrations' }, { name: 'things' }]);
});

test('a migration that fails leaves nothing behind, and those before it stay', async () => {
  const schema = 'failing';
  const migrations = [MakeThings, NameThings, Fail];
  await expect(migrate({ url: database.url, schema, migrations })).rejects.toThrow('division by zero');
  expect(await rows(schema, 'select name from things')).toHaveLength(1);
  expect(await rows(schema, 'select name from migrations')).toHaveLength(2);
  await expect(migrate({ url: database.url, schema, migrations })).rejects.toThrow('division by zero');
});

test('later versions run what is new, earlier ones nothing', async () => {
  const schema = 'versions';
  expect(await migrate({ url: database.url, schema, migrations: [MakeThings] })).toEqual(['MakeThings']);
  expect(await migrate({ url: database.url, schema, migrations: [MakeThings, NameThings] })).toEqual(['NameThings']);
  expect(await migrate({ url: database.url, schema, migrations: [MakeThings] })).toEqual([]);
});

test('two migrations of one name are a mistake', async () => {
  const migrations = [MakeThings, MakeThings];
  await expect(migrate({ url: database.url, schema: 'twice', migrations })).rejects.toThrow('two migrations');
});
