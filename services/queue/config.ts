import { env, type InferConfig } from '@boxoffice/runtime/config';
import { migrationVariables } from '@boxoffice/runtime/database/config';
import { watchedEventVariables } from '@boxoffice/runtime/events/config';
import { certificateVariables } from '@boxoffice/runtime/grpc/certificates';
import { connectionAge } from '@boxoffice/runtime/grpc/limits';
import { redisUrl } from '@boxoffice/runtime/redis/connection';

/** Where the schema is; what migrates it needs no other variable. */
export const databaseUrl = env.url('QUEUE_DATABASE_URL', { or: 'DATABASE_URL' });

/** The variables of the Queue. */
export const spec = {
  host: env.string('HOST', { default: '0.0.0.0' }),
  port: env.port('QUEUE_PORT', { default: 50_051 }),
  databaseUrl,
  databasePoolMax: env.integer('DATABASE_POOL_MAX', { default: 10, min: 1, max: 1_000 }),
  redisUrl,
  ...migrationVariables,
  ...watchedEventVariables,
  keyringFile: env.string('KEYRING_FILE'),
  ...certificateVariables,
  connectionAgeMaxMs: connectionAge,
  ticketSigningKey: env.file('TICKET_SIGNING_KEY_FILE'),
  /** Keys that tokens of other signers are still accepted with, while the signing key is changed. */
  ticketPublicKeys: env.file('TICKET_PUBLIC_KEY_FILE', { optional: true }),
};

/** The Queue's configuration. */
export type Config = InferConfig<typeof spec>;
