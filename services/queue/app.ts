import { createPublicKey } from 'node:crypto';

import { QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import { createTicketVerifier, signTicketToken } from '@boxoffice/proto/ticket-token';
import { readConfig } from '@boxoffice/runtime/config';
import { openPool } from '@boxoffice/runtime/database/pool';
import { openMeasuringPool } from '@boxoffice/runtime/database/measuring-pool';
import { prepareSchema } from '@boxoffice/runtime/database/prepare-schema';
import { openEvents } from '@boxoffice/runtime/events/events';
import { measureEvents } from '@boxoffice/runtime/events/measure-events';
import { readFaultPoints } from '@boxoffice/runtime/fault-points';
import { openCertificates } from '@boxoffice/runtime/grpc/certificates';
import { mount, startRpcServer } from '@boxoffice/runtime/grpc/server';
import { loadKeyring } from '@boxoffice/runtime/keyring';
import type { App, ProgramContext } from '@boxoffice/runtime/program';
import { openRedis } from '@boxoffice/runtime/redis/connection';
import { openWakeUps } from '@boxoffice/runtime/redis/wake-ups';
import { noTelemetry } from '@boxoffice/runtime/telemetry/telemetry';

import { spec } from './config.ts';
import type { Deps } from './deps.ts';
import { Endings } from './endings.ts';
import { JoinBatch } from './join-batch.ts';
import { measureStandings, ticketCounting } from './metrics.ts';
import { migrations, schema } from './migrations/index.ts';
import { PresenceReporter } from './presence/presence-reporter.ts';
import { RedisPresence } from './presence/redis-presence.ts';
import { queueAdminService, queueService } from './service.ts';
import { Sightings } from './presence/sightings.ts';
import { Standings } from './standings.ts';
import { QueueWakeUps } from './wake-ups.ts';

const name = 'boxoffice queue';

/**
 * Starts the Queue: migrates its schema, opens what it needs, takes calls.
 *
 * @throws ConfigError for a faulty environment; Error when the database or the port cannot be had.
 */
export async function createApp(context: ProgramContext): Promise<App> {
  const { env, log, signal, grace, telemetry = noTelemetry, faults = readFaultPoints(env) } = context;
  const config = readConfig(spec, env);
  await using resources = new AsyncDisposableStack();
  const keyring = resources.use(loadKeyring(config.keyringFile, { log }));
  const tls = resources.use(openCertificates(config, { log }));
  await prepareSchema({ url: config.databaseUrl, schema, migrations, log, signal }, config);
  const pool = resources.use(
    openPool({
      url: config.databaseUrl,
      schema,
      max: config.databasePoolMax,
      applicationName: name,
      log,
      telemetry,
    }),
  );
  const url = config.redisUrl;
  const redis = url === undefined ? undefined : resources.use(openRedis({ url, log, name, telemetry }));
  const sightings = new Sightings({ pool, store: redis && new RedisPresence(redis), log });
  const wakeUps = resources.use(openWakeUps(redis));
  const { metrics } = telemetry;
  const counting = metrics && ticketCounting(metrics);
  if (metrics) {
    const measuring = resources.use(openMeasuringPool({ url: config.databaseUrl, schema, applicationName: name }));
    measureStandings(metrics, measuring, log);
    measureEvents(metrics, measuring, log);
  }
  const deps: Deps = {
    pool,
    joins: new JoinBatch(pool),
    endings: new Endings(pool, faults),
    standings: new Standings(pool),
    signToken: signTicketToken(config.ticketSigningKey),
    verifyToken: createTicketVerifier(publicKeys(config.ticketSigningKey, config.ticketPublicKeys)),
    presence: resources.use(new PresenceReporter({ sightings, log, program: 'queue' })),
    sightings,
    wakeUps: new QueueWakeUps(wakeUps),
    events: resources.use(openEvents({ pool, log, wakeUps, redis, counting }, config)),
    faults,
    log,
  };
  const server = resources.use(
    await startRpcServer({
      host: config.host,
      port: config.port,
      portVariable: 'QUEUE_PORT',
      services: [mount(QueueService, queueService(deps)), mount(QueueAdminService, queueAdminService(deps))],
      keyring,
      tls,
      log,
      telemetry,
      grace,
      limits: { connectionAgeMaxMs: config.connectionAgeMaxMs },
      ready: async () => void (await pool.query('select 1')),
    }),
  );
  const running = resources.move();
  const { address, isReady, drain } = server;
  return { address, isReady, drain, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function publicKeys(signingKey: string, others: string | undefined): string[] {
  const own = createPublicKey(signingKey).export({ type: 'spki', format: 'pem' }).toString();
  return others === undefined ? [own] : [own, others];
}
