import { env, type InferConfig } from '@boxoffice/runtime/config';
import { migrationVariables } from '@boxoffice/runtime/database/config';
import { eventVariables } from '@boxoffice/runtime/events/config';
import { certificateVariables } from '@boxoffice/runtime/grpc/certificates';
import { connectionAge } from '@boxoffice/runtime/grpc/limits';
import { redisUrl } from '@boxoffice/runtime/redis/connection';

/** The variables of the worker. Times in milliseconds. */
export const spec = {
  host: env.string('HOST', { default: '0.0.0.0' }),
  port: env.port('WORKER_PORT', { default: 50_054 }),
  databaseUrl: env.url('QUEUE_DATABASE_URL', { or: 'DATABASE_URL' }),
  databasePoolMax: env.integer('DATABASE_POOL_MAX', { default: 10, min: 1, max: 1_000 }),
  redisUrl,
  ...migrationVariables,
  ...eventVariables,
  inventoryAddress: env.target('INVENTORY_ADDRESS', { default: 'localhost:50052' }),
  ledgerAddress: env.target('LEDGER_ADDRESS', { default: 'localhost:50053' }),
  keyringFile: env.string('KEYRING_FILE'),
  ...certificateVariables,
  connectionAgeMaxMs: connectionAge,
  serviceKey: env.secret('SERVICE_KEY'),
  ticketPublicKeys: env.file('TICKET_PUBLIC_KEY_FILE'),
  /** Between two ticks: how long a free place waits at most for the next in line. */
  tickIntervalMs: env.integer('TICK_INTERVAL_MS', { default: 100, min: 10, max: 60_000 }),
  /** Between two looks for payments that were left standing. None is to stand for 15 s, and a lease of theirs is 5. */
  resumeIntervalMs: env.integer('RESUME_INTERVAL_MS', { default: 3_000, min: 50, max: 10_000 }),
  /** Between two looks at the change log, while somebody watches. */
  pollIntervalMs: env.integer('POLL_INTERVAL_MS', { default: 100, min: 10, max: 1_000 }),
  /** How long changes are kept, and with them the right to resume a stream without a snapshot. */
  changeRetentionMs: env.integer('CHANGE_RETENTION_MS', { default: 600_000, min: 180_000, max: 86_400_000 }),
  /** Streams at once of one caller. */
  streamsPerCallerMax: env.integer('STREAMS_PER_CALLER_MAX', { default: 10_000, min: 1, max: 1_000_000 }),
};

/** The worker's configuration. */
export type Config = InferConfig<typeof spec>;
