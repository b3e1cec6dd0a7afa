import { env } from '../variable.ts';

/** The variables of a program that has a schema; the same in all of them. */
export const migrationVariables = {
  /** Who brings the schema up to date: this program when it starts, or another, which it waits for. */
  migrationsMode: env.oneOf('MIGRATIONS', ['apply', 'await'], { default: 'apply' }),
  /** How long it waits for another. */
  migrationsTimeoutMs: env.integer('MIGRATIONS_TIMEOUT_MS', { default: 300_000, min: 100, max: 3_600_000 }),
};
