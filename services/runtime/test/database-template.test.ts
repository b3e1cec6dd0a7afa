import { expect, test } from '@boxoffice/runtime/testing/tests';

import { Migration } from '../database/migrate.ts';
import { openPool, type Pool } from '../database/pool.ts';
import { testDatabase, withServer, type TestDatabase } from '../testing/database.ts';

class MakeNotes extends Migration {
  override up(): void {
    this.addSql('create table notes (text text not null)');
  }
}

const notes = { schema: 'notes', migrations: [MakeNotes] };

function open({ url }: TestDatabase, schema = 'notes'): Pool {
  return openPool({ url, schema, applicationName: 'forgetful' });
}

function nameOf({ url }: TestDatabase): string {
  return new URL(url).pathname.slice(1);
}

/** The databases of the server whose names begin like this; other test files make theirs at the same time. */
async function databases(prefix: string): Promise<string[]> {
  return withServer(async (server) => {
    const begins = 'select datname from pg_database where starts_with(datname, $1)';
    const { rows } = await server.query<{ datname: string }>(begins, [prefix]);
    return rows.map(({ datname }) => datname);
  });
}

test('two databases of the same schemas are migrated, and nothing of one is in the other', async () => {
  await using first = await testDatabase(notes);
  await using second = await testDatabase(notes);
  await using one = open(first);
  await using other = open(second);
  await one.query(`insert into notes values ('here')`);
  expect((await one.query('select text from notes')).rows).toEqual([{ text: 'here' }]);
  expect((await other.query('select text from notes')).rows).toEqual([]);
});

test('a database may have several schemas', async () => {
  await using database = await testDatabase(notes, { ...notes, schema: 'memos' });
  await using pool = open(database, 'memos');
  await pool.query('select text from notes.notes union all select text from memos.notes');
  expect((await pool.query('show search_path')).rows).toEqual([{ search_path: 'memos' }]);
});

test('databases that are wanted at once share one template', async () => {
  const schemas = { schema: 'rush', migrations: [MakeNotes] };
  const rush = await Promise.all([testDatabase(schemas), testDatabase(schemas), testDatabase(schemas)]);
  const copies = rush.map(nameOf);
  const template = copies[0]?.slice(0, copies[0].lastIndexOf('_')) ?? '';
  expect((await databases(template)).sort()).toEqual([template, ...copies].sort());
  await Promise.all(rush.map((database) => database[Symbol.asyncDispose]()));
  expect(await databases(template)).toEqual([template]);
});

test('a pool that nobody closes fails the test by name, and the database goes all the same', async () => {
  const database = await testDatabase(notes);
  const pool = open(database);
  await pool.query('select 1');
  await expect(database[Symbol.asyncDispose]()).rejects.toThrow('left connections open: forgetful');
  expect(await databases(nameOf(database))).toEqual([]);
  await pool[Symbol.asyncDispose]();
});
