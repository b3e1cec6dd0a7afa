import { migrate, type MigrationClass } from '@boxoffice/runtime/database/migrate';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { createLogger } from '@boxoffice/runtime/log';

import type { Bench } from '../scenario.ts';

/** A database of its own on the server that is measured, with one schema. */
export interface BenchDatabase {
  readonly url: string;
  readonly schema: string;
}

/** Makes one, migrated and empty, for as long as some work takes. */
export async function withDatabase<T>(
  { pool, system }: Pick<Bench, 'pool' | 'system'>,
  { schema, migrations }: { readonly schema: string; readonly migrations: readonly MigrationClass[] },
  work: (database: BenchDatabase) => Promise<T>,
): Promise<T> {
  const name = `bench_${schema}`;
  const url = new URL(system.databases.queue);
  url.pathname = `/${name}`;
  await pool.query(`create database ${name}`);
  try {
    await migrate({ url: url.href, schema, migrations, log: createLogger('bench', 'warn') });
    return await work({ url: url.href, schema });
  } finally {
    await pool.query(`drop database ${name} with (force)`);
  }
}

/** A pool on such a database; `url` where the service itself connects with options of its own. */
export function openBenchPool({ url, schema }: BenchDatabase, max: number): Pool {
  return openPool({ url, schema, applicationName: 'bench', max, statementTimeoutMs: 180_000 });
}
