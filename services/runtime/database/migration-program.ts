import { readConfig } from '../config.ts';
import { runTask } from '../task.ts';
import type { Variable } from '../variable.ts';
import { migrate, type MigrationClass } from './migrate.ts';

/** What a migration program migrates. */
export interface Migrations {
  /** The variable with the URL; the program needs no other. */
  readonly databaseUrl: Variable<string>;
  readonly schema: string;
  readonly migrations: readonly MigrationClass[];
}

/** Runs a program that brings a schema up to date, and ends the process: with 0 also when there was nothing to do. */
export async function runMigrations(name: string, { databaseUrl, schema, migrations }: Migrations): Promise<void> {
  await runTask(name, async ({ env, log }) => {
    const { databaseUrl: url } = readConfig({ databaseUrl }, env);
    const applied = await migrate({ url, schema, migrations, log });
    log.info({ schema, applied: applied.length, migrations: migrations.length }, 'the schema is up to date');
  });
}
