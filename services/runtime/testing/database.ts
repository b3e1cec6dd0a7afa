import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { migrate, type MigrationClass } from '../database/migrate.ts';

/** A schema and what makes it. */
export interface TestSchema {
  readonly schema: string;
  readonly migrations: readonly MigrationClass[];
}

/** A database of its own for a test file. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  /** Drops it. @throws Error when somebody is still connected: a pool that was not closed. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** For connections that a test has closed: the server takes a moment to notice. */
const leakGraceMs = 5_000;
const pollMs = 10;

/**
 * Makes a database with these schemas, migrated and empty: a copy of a template that the first test file to need it makes.
 * A copy takes 25 ms (`file_copy` would take 15, but it makes a checkpoint of what all the other tests write), a template
 * 100, and dropping it 10.
 *
 * @throws Error without TEST_DATABASE_URL, which jest's global setup sets.
 */
export async function testDatabase(...schemas: readonly TestSchema[]): Promise<TestDatabase> {
  const template = templateName(schemas);
  const name = `${template}_${randomBytes(4).toString('hex')}`;
  await withServer(async (server) => {
    await makeTemplate(server, template, schemas);
    await server.query(`create database ${name} template ${template} strategy wal_log`);
  });
  const url = urlOf(name);
  return { url, [Symbol.asyncDispose]: () => withServer((server) => drop(server, name)) };
}

/** One session on the server's own database, for what cannot be done from inside a test's. */
export async function withServer<T>(work: (server: pg.Client) => Promise<T>): Promise<T> {
  const server = new pg.Client({
    connectionString: urlOf(undefined),
    application_name: 'tests',
    connectionTimeoutMillis: 10_000,
  });
  server.on('error', () => undefined); // The query under way rejects too.
  await server.connect();
  try {
    return await work(server);
  } finally {
    await server.end();
  }
}

/** Under a lock of the server, so that of the test files that start together one makes it; renamed when it is complete. */
async function makeTemplate(server: pg.Client, name: string, schemas: readonly TestSchema[]): Promise<void> {
  await server.query('select pg_advisory_lock(hashtextextended($1, 0))', [name]);
  try {
    const { rowCount } = await server.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 1) return;
    const draft = `${name}_draft`;
    await server.query(`drop database if exists ${draft} with (force)`);
    await server.query(`create database ${draft}`);
    for (const { schema, migrations } of schemas) await migrate({ url: urlOf(draft), schema, migrations });
    await server.query(`alter database ${draft} rename to ${name}`);
  } finally {
    await server.query('select pg_advisory_unlock_all()');
  }
}

async function drop(server: pg.Client, name: string): Promise<void> {
  const leaked = await connectedTo(server, name);
  await server.query(`drop database ${name} with (force)`);
  if (leaked.length > 0)
    throw new Error(`The test has left connections open: ${leaked.join(', ')}. Is every pool disposed?`);
}

/** The names of those who are still connected when the time is up. */
async function connectedTo(server: pg.Client, name: string): Promise<string[]> {
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    const { rows } = await server.query<{ who: string }>(
      `select coalesce(nullif(application_name, ''), 'unnamed') as who from pg_stat_activity where datname = $1`,
      [name],
    );
    if (rows.length === 0 || waitedMs >= leakGraceMs) return rows.map(({ who }) => who);
    await delay(pollMs);
  }
}

/** By content: other migrations, another template. What a migration imports is not in it, so a template lives for one run. */
function templateName(schemas: readonly TestSchema[]): string {
  const parts = schemas.map(({ schema, migrations }) => [
    schema,
    ...migrations.map((migration) => migration.toString()),
  ]);
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  // The time in the prefix lets a later run find what an interrupted one has left.
  return `${process.env['TEST_DATABASE_PREFIX'] ?? 'test'}_${hash.slice(0, 12)}`;
}

function urlOf(database: string | undefined): string {
  const configured = process.env['TEST_DATABASE_URL'];
  if (!configured) throw new Error('TEST_DATABASE_URL is not set: run the tests by `npm test`');
  const url = new URL(configured);
  if (database !== undefined) url.pathname = `/${database}`;
  return url.href;
}
