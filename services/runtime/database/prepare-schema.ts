import { setTimeout as delay } from 'node:timers/promises';

import type { InferConfig } from '../config.ts';
import type { migrationVariables } from './config.ts';
import { sqlState } from './failure.ts';
import { migrate, type MigrateOptions } from './migrate.ts';
import { openPool, type Pool } from './pool.ts';

export interface PrepareOptions extends MigrateOptions {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Rarely enough that a hundred waiting programs are no load. */
const pollIntervalMs = 500;

/**
 * Comes back when the schema has every migration that this program knows. It applies them itself, or waits for another
 * to do it, and then needs no right to change the schema. A schema that has more of them belongs to a newer version, which
 * has added what this one does not use.
 *
 * @throws Error when it waits in vain, when a migration fails, or when the database cannot be reached; the reason of the
 *   signal when that ends the waiting.
 */
export async function prepareSchema(
  options: PrepareOptions,
  config: InferConfig<typeof migrationVariables>,
): Promise<void> {
  if (config.migrationsMode === 'await') await awaitMigrations(options, config.migrationsTimeoutMs);
  else await migrate(options);
}

async function awaitMigrations(options: PrepareOptions, timeoutMs: number): Promise<void> {
  const { url, schema, migrations, log, signal } = options;
  await using pool = openPool({ url, schema, applicationName: `${schema} awaits migrations`, max: 1 });
  const startedAt = performance.now();
  for (let told = false; ; told = true) {
    signal.throwIfAborted();
    const applied = await appliedTo(pool);
    const missing = migrations.map(({ name }) => name).filter((name) => !applied.has(name));
    if (missing.length === 0) return;
    if (!told) log?.info({ schema, missing }, 'waiting for migrations');
    if (performance.now() - startedAt >= timeoutMs) throw new Error(lateMessage(schema, missing, timeoutMs));
    await delay(Math.min(pollIntervalMs, timeoutMs), undefined, { signal });
  }
}

function lateMessage(schema: string, missing: readonly string[], timeoutMs: number): string {
  return (
    `After ${timeoutMs} ms the schema ${schema} still lacks ${missing.join(', ')}. ` +
    'Run the program that migrates it, or start this one with MIGRATIONS=apply.'
  );
}

const undefinedTable = '42P01';

async function appliedTo(pool: Pool): Promise<ReadonlySet<string>> {
  try {
    const { rows } = await pool.query<{ name: string }>('select name from migrations');
    return new Set(rows.map(({ name }) => name));
  } catch (error) {
    if (sqlState(error) !== undefinedTable) throw error;
    return new Set(); // Nobody has begun.
  }
}
