import { env, readConfig, type Environment, type InferConfig } from '@boxoffice/runtime/config';
import { migrationVariables } from '@boxoffice/runtime/database/config';
import { watchedEventVariables } from '@boxoffice/runtime/events/config';
import { certificateVariables } from '@boxoffice/runtime/grpc/certificates';
import { connectionAge } from '@boxoffice/runtime/grpc/limits';
import { redisUrl } from '@boxoffice/runtime/redis/connection';

/** Where the schema is; what migrates it needs no other variable. */
export const databaseUrl = env.url('LEDGER_DATABASE_URL', { or: 'DATABASE_URL' });

/** The variables of the Ledger. The README tells what each of them means. */
export const spec = {
  host: env.string('HOST', { default: '0.0.0.0' }),
  port: env.port('LEDGER_PORT', { default: 50_053 }),
  databaseUrl,
  databasePoolMax: env.integer('DATABASE_POOL_MAX', { default: 10, min: 2, max: 200 }),
  keyringFile: env.string('KEYRING_FILE'),
  ...certificateVariables,
  connectionAgeMaxMs: connectionAge,
  serviceKey: env.secret('SERVICE_KEY'),
  ticketPublicKey: env.file('TICKET_PUBLIC_KEY_FILE'),
  queueAddress: env.target('QUEUE_ADDRESS', { default: 'localhost:50051' }),
  inventoryAddress: env.target('INVENTORY_ADDRESS', { default: 'localhost:50052' }),
  redisUrl,
  ...migrationVariables,
  ...watchedEventVariables,
  paymentsMax: env.integer('PAYMENTS_MAX', { default: 1_000, min: 1, max: 100_000 }),
  driveTimeoutMs: env.integer('PAYMENT_DRIVE_TIMEOUT_MS', { default: 4_000, min: 100, max: 60_000 }),
  leaseMs: env.integer('PAYMENT_LEASE_MS', { default: 5_000, min: 100, max: 60_000 }),
  answerMarginMs: env.integer('PAYMENT_ANSWER_MARGIN_MS', { default: 200, min: 0, max: 10_000 }),
  decisionTimeoutMs: env.integer('PAYMENT_DECISION_TIMEOUT_MS', { default: 1_500, min: 50, max: 60_000 }),
  completeTimeoutMs: env.integer('TICKET_COMPLETE_TIMEOUT_MS', { default: 1_500, min: 10, max: 60_000 }),
  requestRetentionHours: env.integer('REQUEST_RETENTION_HOURS', { default: 72, min: 1, max: 720 }),
  relayTimeoutMs: env.integer('OUTBOX_RELAY_TIMEOUT_MS', { default: 2_000, min: 10, max: 60_000 }),
};

/** The configuration of the Ledger. */
export type Config = InferConfig<typeof spec>;

/**
 * Reads the configuration.
 *
 * @throws ConfigError with everything that is wrong with it.
 */
export function readLedgerConfig(environment: Environment): Config {
  return readConfig(spec, environment, ({ driveTimeoutMs, leaseMs }) =>
    driveTimeoutMs < leaseMs ? [] : ['PAYMENT_DRIVE_TIMEOUT_MS must be shorter than PAYMENT_LEASE_MS'],
  );
}
