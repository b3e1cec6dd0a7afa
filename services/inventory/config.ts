import { env, readConfig, type Environment, type InferConfig } from '@boxoffice/runtime/config';
import { migrationVariables } from '@boxoffice/runtime/database/config';
import { watchedEventVariables } from '@boxoffice/runtime/events/config';
import { certificateVariables } from '@boxoffice/runtime/grpc/certificates';
import { connectionAge } from '@boxoffice/runtime/grpc/limits';
import { redisUrl } from '@boxoffice/runtime/redis/connection';

/** Where the schema is; what migrates it needs no other variable. */
export const databaseUrl = env.url('INVENTORY_DATABASE_URL', { or: 'DATABASE_URL' });

/** The variables of the Inventory. */
export const spec = {
  databaseUrl,
  databasePoolMax: env.integer('DATABASE_POOL_MAX', { default: 10, min: 1, max: 1_000 }),
  databaseWaitTimeoutMs: env.integer('DATABASE_WAIT_TIMEOUT_MS', { default: 10_000, min: 100, max: 60_000 }),
  host: env.string('HOST', { default: '0.0.0.0' }),
  port: env.port('INVENTORY_PORT', { default: 50052 }),
  keyringFile: env.string('KEYRING_FILE'),
  ...certificateVariables,
  connectionAgeMaxMs: connectionAge,
  serviceKey: env.secret('SERVICE_KEY'),
  queueAddress: env.target('QUEUE_ADDRESS', { default: 'localhost:50051' }),
  queueTimeoutMs: env.integer('QUEUE_TIMEOUT_MS', { default: 10_000, min: 50, max: 30_000 }),
  ticketPublicKeys: env.file('TICKET_PUBLIC_KEY_FILE'),
  ticketRememberMs: env.integer('TICKET_REMEMBER_MS', { default: 1_000, min: 0, max: 10_000 }),
  ticketsRememberedMax: env.integer('TICKETS_REMEMBERED_MAX', { default: 65_536, min: 1, max: 1_000_000 }),
  redisUrl,
  /** How old the seats that remain of a date, and the list of dates that can be booked, may be; 0: counted for each call. */
  remainingRememberMs: env.integer('REMAINING_REMEMBER_MS', { default: 1_000, min: 0, max: 1_000 }),
  seatRefreshMs: env.integer('SEAT_REFRESH_MS', { default: 250, min: 50, max: 1_000 }),
  watchedSchedulesMax: env.integer('WATCHED_SCHEDULES_MAX', { default: 200, min: 1, max: 10_000 }),
  seatWatchersMax: env.integer('SEAT_WATCHERS_MAX', { default: 2_000, min: 1, max: 100_000 }),
  ...migrationVariables,
  ...watchedEventVariables,
  requestRetentionHours: env.integer('REQUEST_RETENTION_HOURS', { default: 72, min: 1, max: 720 }),
};

/** The configuration of the Inventory. */
export type Config = InferConfig<typeof spec>;

/** Reads the configuration. @throws ConfigError with all faults at once. */
export function inventoryConfig(environment: Environment): Config {
  return readConfig(spec, environment);
}
