import { expect, test } from '@jest/globals';

import { Migration } from '../database/migrate.ts';
import { openPool, type Pool } from '../database/pool.ts';
import { testDatabase, testDatabasePrefix, withServer, type TestDatabase } from '../testing/database.ts';

class MakeNotes extends Migration {
  override up(): void {
    this.addSql('create table notes (text text not null)');
  }
}

const notes = { schema: 'notes', migrations: [MakeNotes] };

function open({ url }: TestDatabase, schema = 'notes'): Pool {
  return openPool({ url, schema, applicationName: 'forgetful' });
}

async function databases(): Promise<string[]> {
  const like = `${testDatabasePrefix().replaceAll('_', '\\_')}%`;
  return withServer(async (server) => {
    const { rows } = await server.query<{ datname: string }>('select datname from pg_database where datname like $1', [
      like,
    ]);
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
  const before = await databases();
  const rush = await Promise.all([testDatabase(schemas), testDatabase(schemas), testDatabase(schemas)]);
  expect((await databases()).filter((name) => !before.includes(name))).toHaveLength(4);
  await Promise.all(rush.map((database) => database[Symbol.asyncDispose]()));
  expect((await databases()).filter((name) => !before.includes(name))).toHaveLength(1);
});

test('a pool that nobody closes fails the test by name, and the database goes all the same', async () => {
  const database = await testDatabase(notes);
  const name = new URL(database.url).pathname.slice(1);
  const pool = open(database);
  await pool.query('select 1');
  await expect(database[Symbol.asyncDispose]()).rejects.toThrow('left connections open: forgetful');
  expect(await databases()).not.toContain(name);
  await pool[Symbol.asyncDispose]();
});
