import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { migrate, Migration } from '../database/migrate.ts';
import { openPool } from '../database/pool.ts';
import { prepareSchema } from '../database/prepare-schema.ts';
import { createLogger } from '../log.ts';
import { testDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

class First extends Migration {
  override up(): void {
    this.addSql('create table things (name text)');
  }
}

class Second extends Migration {
  override up(): void {
    this.addSql('alter table things add column price bigint');
  }
}

const silent = createLogger('test', 'silent');

function waiting(schema: string, { log = silent, signal = new AbortController().signal, timeoutMs = 20_000 } = {}) {
  const config = { migrationsMode: 'await', migrationsTimeoutMs: timeoutMs } as const;
  return prepareSchema({ url: database.url, schema, migrations: [First, Second], log, signal }, config);
}

/** Comes as soon as a program says that it waits. */
function heardWaiting() {
  const { promise: heard, resolve } = Promise.withResolvers<unknown>();
  const log = createLogger('test', 'info', { write: (line) => resolve(JSON.parse(line)) });
  return { heard, log };
}

test('who awaits migrations comes back when another has applied the last of them', async () => {
  const schema = 'awaited';
  const { heard, log } = heardWaiting();
  const ready = waiting(schema, { log });
  expect(await heard).toMatchObject({ schema, missing: ['First', 'Second'] });
  await migrate({ url: database.url, schema, migrations: [First] });
  await migrate({ url: database.url, schema, migrations: [First, Second] });
  await ready;
});

test('who awaits migrations in vain is told which', async () => {
  const schema = 'half';
  await migrate({ url: database.url, schema, migrations: [First] });
  await expect(waiting(schema, { timeoutMs: 100 })).rejects.toThrow('After 100 ms the schema half still lacks Second.');
});

test('an older program finds a newer schema ready, and needs no right to change it', async () => {
  const schema = 'newer';
  class Third extends Migration {
    override up(): void {
      this.addSql('create index on things (price)');
    }
  }
  await migrate({ url: database.url, schema, migrations: [First, Second, Third] });
  const reader = new URL(database.url);
  reader.searchParams.set('options', '-c default_transaction_read_only=on');
  const config = { migrationsMode: 'await', migrationsTimeoutMs: 100 } as const;
  const { signal } = new AbortController();
  await prepareSchema({ url: reader.href, schema, migrations: [First, Second], log: silent, signal }, config);
});

test('a program that is told to end waits no longer', async () => {
  const { heard, log } = heardWaiting();
  const end = new AbortController();
  const ready = waiting('never', { log, signal: end.signal });
  await heard;
  end.abort();
  await expect(ready).rejects.toThrow('aborted');
});

async function runMigrationProgram(service: string, variables: NodeJS.ProcessEnv) {
  const program = fileURLToPath(new URL(`../../${service}/migrate.ts`, import.meta.url));
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [program], {
    env: { PATH, NODE_COMPILE_CACHE, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>]);
  const lines = output.trim().split('\n');
  return { code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('the migration program of each service makes its schema, and has nothing to do the second time', async () => {
  const services = ['queue', 'inventory', 'ledger'];
  const migrateAll = () =>
    Promise.all(
      services.map((service) =>
        runMigrationProgram(service, { [`${service.toUpperCase()}_DATABASE_URL`]: database.url }),
      ),
    );
  const first = await migrateAll();
  expect(first.map(({ code }) => code)).toEqual([0, 0, 0]);
  await using pool = openPool({ url: database.url, schema: 'public', applicationName: 'test' });
  for (const [index, service] of services.entries()) {
    const { rows } = await pool.query<{ name: string }>(`select name from ${service}.migrations order by id`);
    const migrated = first[index]?.lines.filter(({ msg }) => msg === 'migrated').map(({ migration }) => migration);
    expect(migrated).toEqual(rows.map(({ name }) => name));
  }
  const again = await runMigrationProgram('queue', { QUEUE_DATABASE_URL: database.url });
  expect(again.lines.map(({ msg, applied }) => [msg, applied])).toEqual([
    ['the schema is up to date', 0],
    ['done', undefined],
  ]);
  expect(again.code).toBe(0);
});

test('a migration program that has not been told where says so, with code 1', async () => {
  const { code, lines } = await runMigrationProgram('ledger', {});
  expect(lines).toMatchObject([{ level: 'fatal', faults: [expect.stringContaining('LEDGER_DATABASE_URL')] }]);
  expect(code).toBe(1);
});
