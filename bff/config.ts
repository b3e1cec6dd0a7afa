import { env, readConfig, type Environment, type InferConfig } from '@boxoffice/runtime/config';
import { certificateVariables } from '@boxoffice/runtime/grpc/certificates';
import { redisUrl } from '@boxoffice/runtime/redis/connection';
import { asymmetricAlgorithms } from './caller/access-token.ts';

/** The variables of the BFF. */
export const spec = {
  host: env.string('HOST', { default: '0.0.0.0' }),
  port: env.port('PORT', { default: 8080 }),
  // A port that several BFFs on one machine listen on.
  sharedPort: env.port('SHARED_PORT', { optional: true }),
  environment: env.string('NODE_ENV', { default: 'development' }),
  serviceKey: env.secret('SERVICE_KEY'),
  ...certificateVariables,
  ticketPublicKey: env.file('TICKET_PUBLIC_KEY_FILE'),
  queueAddress: env.target('QUEUE_ADDRESS', { default: 'localhost:50051' }),
  inventoryAddress: env.target('INVENTORY_ADDRESS', { default: 'localhost:50052' }),
  ledgerAddress: env.target('LEDGER_ADDRESS', { default: 'localhost:50053' }),
  workerAddress: env.target('WORKER_ADDRESS', { default: 'localhost:50054' }),
  authMode: env.oneOf('AUTH_MODE', ['jwt', 'open'], { default: 'jwt' }),
  oidcIssuer: env.string('OIDC_ISSUER', { optional: true }),
  oidcAudience: env.string('OIDC_AUDIENCE', { optional: true }),
  oidcJwksUrl: env.url('OIDC_JWKS_URL', { optional: true }),
  oidcAlgorithms: env.list('OIDC_ALGORITHMS', { default: ['RS256', 'ES256', 'EdDSA'] }),
  // A path of the auth proxy, or an address.
  signInUrl: env.string('SIGN_IN_URL', { optional: true }),
  corsOrigins: env.list('CORS_ORIGINS', { default: [] }),
  readTimeoutMs: env.integer('READ_TIMEOUT_MS', { default: 5_000, min: 100, max: 60_000 }),
  writeTimeoutMs: env.integer('WRITE_TIMEOUT_MS', { default: 15_000, min: 100, max: 60_000 }),
  connectionsMax: env.integer('CONNECTIONS_MAX', { default: 65_000, min: 1, max: 1_000_000 }),
  streamsMax: env.integer('STREAMS_MAX', { default: 20_000, min: 1, max: 1_000_000 }),
  streamsPerTicketMax: env.integer('STREAMS_PER_TICKET_MAX', { default: 4, min: 1, max: 100 }),
  redisUrl,
  // 0: no limit. Many may share an address, and behind a proxy that is not trusted all do.
  joinsPerMember: env.integer('JOINS_PER_MEMBER', { default: 10, min: 0, max: 1_000_000 }),
  joinsPerAddress: env.integer('JOINS_PER_ADDRESS', { default: 0, min: 0, max: 1_000_000 }),
  joinsWindowSeconds: env.integer('JOINS_WINDOW_SECONDS', { default: 10, min: 1, max: 3_600 }),
  rootDialect: env.oneOf('ROOT_DIALECT', ['a', 'c', 'e'], { optional: true }),
  trustedProxies: env.integer('TRUSTED_PROXIES', { default: 0, min: 0, max: 10 }),
};

/** The configuration of the BFF. */
export type Config = InferConfig<typeof spec>;

/**
 * Reads the configuration.
 *
 * @throws ConfigError with everything that is wrong.
 */
export function readBffConfig(environment: Environment): Config {
  return readConfig(spec, environment, check);
}

function check(config: Config): string[] {
  if (config.authMode === 'open') {
    return config.environment === 'production'
      ? ['AUTH_MODE=open believes everybody: not with NODE_ENV=production']
      : [];
  }
  const missing = Object.entries({
    OIDC_ISSUER: config.oidcIssuer,
    OIDC_AUDIENCE: config.oidcAudience,
    OIDC_JWKS_URL: config.oidcJwksUrl,
  }).flatMap(([name, value]) => (value === undefined ? [`${name} is not set: AUTH_MODE=jwt needs it`] : []));
  const unsuited = config.oidcAlgorithms
    .filter((algorithm) => !asymmetricAlgorithms.includes(algorithm))
    .map((algorithm) => `OIDC_ALGORITHMS: ${algorithm} is not one of ${asymmetricAlgorithms.join(', ')}`);
  return [...missing, ...unsuited, ...(config.oidcAlgorithms.length === 0 ? ['OIDC_ALGORITHMS is empty'] : [])];
}
