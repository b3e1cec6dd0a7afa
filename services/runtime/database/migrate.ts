import { Migrator, type Migration } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Logger } from 'pino';

import { sqlState } from './failure.ts';
import { ormConfig } from './orm.ts';
import { openPool, type Pool } from './pool.ts';
import type { PoolClient } from './transaction.ts';

/** The base class of a migration: `up()` calls `this.addSql(…)`, with names that the search path resolves. */
export { Migration } from '@mikro-orm/migrations';

/** A class derived from {@link Migration}; its name is what the database remembers. */
export type MigrationClass = new (...args: ConstructorParameters<typeof Migration>) => Migration;

export interface MigrateOptions {
  readonly url: string;
  /** Made if it is missing; holds the table `migrations` beside what the migrations make. */
  readonly schema: string;
  /** In the order to run. Only ever append. */
  readonly migrations: readonly MigrationClass[];
  readonly log?: Logger;
}

/** Long enough to fill a new column of a big table. */
const statementTimeoutMs = 600_000;
/** For the locks of `alter table`: whoever waits for one makes everybody else wait behind it. */
const lockTimeoutMs = 5_000;
/** For another process that migrates the same schema. */
const turnTimeoutMs = 300_000;

/**
 * Brings a schema up to date. Any number of processes may start at once: an advisory lock lets one of them migrate, the
 * others wait and find it done. Each migration is a transaction, in which it is also noted as done.
 *
 * @returns the names of the migrations that this call has run.
 * @throws Error when a migration fails (the ones before it stay), or when another process is still at it after 5 minutes.
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { url, schema, migrations, log } = options;
  assertNames(migrations);
  const applicationName = `${schema} migrations`;
  await using pool = openPool({ url, schema, applicationName, max: 2, statementTimeoutMs, lockTimeoutMs });
  const turn = await pool.connect();
  try {
    await takeTurn(turn, schema);
    return await runPending(pool, migrations, await databaseName(turn), log);
  } finally {
    turn.release(true); // The end of the session gives the lock back, whatever has happened.
  }
}

async function takeTurn(client: PoolClient, schema: string): Promise<void> {
  await client.query(`set lock_timeout to ${turnTimeoutMs}`);
  try {
    await client.query('select pg_advisory_lock(hashtextextended($1, 0))', [`migrations of ${schema}`]);
  } catch (error) {
    if (sqlState(error) !== '55P03') throw error;
    throw new Error(`Another process has been migrating ${schema} for ${turnTimeoutMs} ms`, { cause: error });
  }
}

async function databaseName(client: PoolClient): Promise<string> {
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  return rows[0]?.name ?? '';
}

async function runPending(
  pool: Pool,
  migrations: readonly MigrationClass[],
  dbName: string,
  log: Logger | undefined,
): Promise<string[]> {
  await using mikro = new MikroORM({
    ...ormConfig({ pool, entities: [] }),
    dbName, // With another name the migrator would make a database.
    extensions: [Migrator],
    migrations: {
      migrationsList: [...migrations],
      tableName: 'migrations',
      transactional: true,
      allOrNothing: false,
      snapshot: false,
      silent: true,
    },
  });
  mikro.migrator.on('migrated', ({ name }) => log?.info({ schema: pool.schema, migration: name }, 'migrated'));
  const done = await mikro.migrator.up();
  return done.map(({ name }) => name);
}

function assertNames(migrations: readonly MigrationClass[]): void {
  const names = migrations.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`There are two migrations of the name ${twice}`);
}
