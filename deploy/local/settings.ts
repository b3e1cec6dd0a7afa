import { resolve } from 'node:path';

import { env, readConfig, type Environment } from '@boxoffice/runtime/config';
import { programSpec } from '@boxoffice/runtime/program-config';

/** Where this repository is checked out. */
export const root = resolve(import.meta.dirname, '../..');

const spec = {
  home: env.string('BOXOFFICE_HOME', { default: '.boxoffice' }),
  host: env.string('HOST', { default: '127.0.0.1' }),
  port: env.port('PORT', { default: 8080 }),
  queuePort: env.port('QUEUE_PORT', { default: 50051 }),
  inventoryPort: env.port('INVENTORY_PORT', { default: 50052 }),
  ledgerPort: env.port('LEDGER_PORT', { default: 50053 }),
  workerPort: env.port('WORKER_PORT', { default: 50054 }),
  databaseUrl: env.url('DATABASE_URL', { optional: true }),
  queueDatabaseUrl: env.url('QUEUE_DATABASE_URL', { optional: true }),
  inventoryDatabaseUrl: env.url('INVENTORY_DATABASE_URL', { optional: true }),
  ledgerDatabaseUrl: env.url('LEDGER_DATABASE_URL', { optional: true }),
  authMode: env.oneOf('AUTH_MODE', ['jwt', 'open'], { default: 'open' }),
  keyringFile: env.string('KEYRING_FILE', { optional: true }),
  signingKeyFile: env.string('TICKET_SIGNING_KEY_FILE', { optional: true }),
  publicKeyFile: env.string('TICKET_PUBLIC_KEY_FILE', { optional: true }),
  logLevel: programSpec.logLevel,
  operationsPort: programSpec.operationsPort,
};

/** What the environment says about a local system; the rest of it goes to the programs as it is. */
export type Settings = ReturnType<typeof readSettings>;

/**
 * Reads the settings; paths are absolute afterwards.
 *
 * @throws ConfigError with all faults at once.
 */
export function readSettings(environment: Environment) {
  const config = readConfig(spec, environment, ({ signingKeyFile, publicKeyFile }) =>
    (signingKeyFile === undefined) === (publicKeyFile === undefined)
      ? []
      : ['TICKET_SIGNING_KEY_FILE and TICKET_PUBLIC_KEY_FILE belong together: set both or none'],
  );
  const home = resolve(root, config.home);
  return { ...config, home, keyringFile: resolve(root, config.keyringFile ?? `${home}/keyring.json`) };
}
