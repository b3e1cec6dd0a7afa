import { createClient } from '@connectrpc/connect';
import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { QueueService } from '@boxoffice/proto/queue';
import { createTicketVerifier } from '@boxoffice/proto/ticket-token';
import { Cache } from '@boxoffice/runtime/cache';
import { withIndexPlans } from '@boxoffice/runtime/database/index-plans';
import { openMeasuringPool } from '@boxoffice/runtime/database/measuring-pool';
import { openOrm } from '@boxoffice/runtime/database/orm';
import { openPool } from '@boxoffice/runtime/database/pool';
import { prepareSchema } from '@boxoffice/runtime/database/prepare-schema';
import { openEvents } from '@boxoffice/runtime/events/events';
import { measureEvents } from '@boxoffice/runtime/events/measure-events';
import { readFaultPoints } from '@boxoffice/runtime/fault-points';
import { openCertificates, type FollowedCertificates } from '@boxoffice/runtime/grpc/certificates';
import { mount, startRpcServer } from '@boxoffice/runtime/grpc/server';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { loadKeyring } from '@boxoffice/runtime/keyring';
import type { App, ProgramContext } from '@boxoffice/runtime/program';
import { openRedis, type RedisConnection } from '@boxoffice/runtime/redis/connection';
import { RedisSecondLevel } from '@boxoffice/runtime/redis/second-level';
import { openWakeUps, type WakeUps } from '@boxoffice/runtime/redis/wake-ups';
import { noTelemetry, type Telemetry } from '@boxoffice/runtime/telemetry/telemetry';

import { CatalogRelay } from './catalog-relay.ts';
import { inventoryConfig, type Config } from './config.ts';
import type { Deps } from './deps.ts';
import { ConcertEntity, ScheduleEntity } from './entities.ts';
import { measureSale, refusedHolds, reservationCounting } from './metrics.ts';
import { migrations, schema } from './migrations/index.ts';
import { RememberedCatalog } from './remembered-catalog.ts';
import { SeatFeeds } from './seat-feeds.ts';
import { inventoryAdminService, inventoryService } from './service.ts';
import { TicketDesk } from './tickets.ts';
import { Turns } from './turns.ts';

const name = 'boxoffice inventory';

/** Starts the Inventory: brings its schema up to date, connects, and serves until it is disposed. */
export async function createApp(context: ProgramContext): Promise<App> {
  const { env, log, signal, grace, telemetry = noTelemetry, faults = readFaultPoints(env) } = context;
  const config = inventoryConfig(env);
  await prepareSchema({ url: config.databaseUrl, schema, migrations, log, signal }, config);
  await using started = new AsyncDisposableStack();
  const keyring = started.use(loadKeyring(config.keyringFile, { log }));
  const tls = started.use(openCertificates(config, { log }));
  const deps = openDeps(started, config, { faults, tls, telemetry, log });
  const server = await startRpcServer({
    host: config.host,
    port: config.port,
    portVariable: 'INVENTORY_PORT',
    services: [
      mount(InventoryService, inventoryService(deps)),
      mount(InventoryAdminService, inventoryAdminService(deps)),
    ],
    keyring,
    tls,
    log,
    telemetry,
    grace,
    limits: { connectionAgeMaxMs: config.connectionAgeMaxMs },
    ready: async () => void (await deps.pool.query('select')),
  });
  started.use(server); // Last in, first out: calls are over before what they use is closed.
  const running = started.move();
  const { address, isReady, drain } = server;
  return { address, isReady, drain, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

interface Bus {
  readonly redis: RedisConnection | undefined;
  readonly wakeUps: WakeUps;
}

function openBus(started: AsyncDisposableStack, { redisUrl: url }: Config, { log, telemetry }: Given): Bus {
  const redis = url === undefined ? undefined : started.use(openRedis({ url, log, name, telemetry }));
  return { redis, wakeUps: started.use(openWakeUps(redis)) };
}

interface Given extends Pick<Deps, 'faults' | 'log'> {
  readonly tls: FollowedCertificates | undefined;
  readonly telemetry: Telemetry;
}

function openDeps(started: AsyncDisposableStack, config: Config, given: Given): Deps {
  const { faults, tls, telemetry, log } = given;
  const pool = started.use(
    openPool({
      url: withIndexPlans(config.databaseUrl),
      schema,
      max: config.databasePoolMax,
      connectionTimeoutMs: config.databaseWaitTimeoutMs,
      applicationName: name,
      log,
      telemetry,
    }),
  );
  const orm = started.use(openOrm({ pool, entities: [ConcertEntity, ScheduleEntity], log }));
  const { queueAddress: address, serviceKey: key } = config;
  const transport = started.use(grpcTransport({ address, key, tls, telemetry }));
  const tickets = new TicketDesk({
    verify: createTicketVerifier(config.ticketPublicKeys),
    queue: createClient(QueueService, transport),
    log,
    rememberMs: config.ticketRememberMs,
    rememberedMax: config.ticketsRememberedMax,
    timeoutMs: config.queueTimeoutMs,
  });
  const feeds = started.use(
    new SeatFeeds({
      pool,
      log,
      refreshMs: config.seatRefreshMs,
      schedulesMax: config.watchedSchedulesMax,
      watchersMax: config.seatWatchersMax,
    }),
  );
  const { metrics } = telemetry;
  const counting = metrics && reservationCounting(metrics);
  if (metrics) {
    const measuring = started.use(openMeasuringPool({ url: config.databaseUrl, schema, applicationName: name }));
    measureSale(metrics, measuring, log);
    measureEvents(metrics, measuring, log);
  }
  const { redis, wakeUps } = openBus(started, config, given);
  const cache = started.use(new Cache({ shared: redis && new RedisSecondLevel(redis), wakeUps }));
  return {
    pool,
    orm,
    catalog: new RememberedCatalog({ pool, orm, cache, momentMs: config.remainingRememberMs }),
    catalogRelay: new CatalogRelay({ pool, log, cache, redis }),
    tickets,
    feeds,
    events: started.use(openEvents({ pool, log, wakeUps, redis, counting }, config)),
    turns: new Turns(),
    countRefusedHold: refusedHolds(metrics),
    faults,
    log,
    requestRetentionSeconds: config.requestRetentionHours * 3_600,
  };
}
