import { createClient } from '@connectrpc/connect';
import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { QueueService } from '@boxoffice/proto/queue';
import { createTicketVerifier } from '@boxoffice/proto/ticket-token';
import { Cache } from '@boxoffice/runtime/cache';
import { withIndexPlans } from '@boxoffice/runtime/database/index-plans';
import { openMeasuringPool } from '@boxoffice/runtime/database/measuring-pool';
import { migrate } from '@boxoffice/runtime/database/migrate';
import { openOrm } from '@boxoffice/runtime/database/orm';
import { openPool } from '@boxoffice/runtime/database/pool';
import { measureEvents } from '@boxoffice/runtime/events/event-metrics';
import { openEvents } from '@boxoffice/runtime/events/events';
import { readFaultPoints } from '@boxoffice/runtime/fault-points';
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
import { saleMetrics } from './metrics.ts';
import { migrations, schema } from './migrations/index.ts';
import { RememberedCatalog } from './remembered-catalog.ts';
import { measureInventory } from './sampled-metrics.ts';
import { SeatFeeds } from './seat-feeds.ts';
import { inventoryAdminService, inventoryService } from './service.ts';
import { TicketDesk } from './tickets.ts';
import { Turns } from './turns.ts';

const applicationName = 'boxoffice inventory';

/** Starts the Inventory: brings its schema up to date, connects, and serves until it is disposed. */
export async function createApp(context: ProgramContext): Promise<App> {
  const { env, log, telemetry = noTelemetry, faults = readFaultPoints(env) } = context;
  const config = inventoryConfig(env);
  await migrate({ url: config.databaseUrl, schema, migrations, log });
  await using started = new AsyncDisposableStack();
  const keyring = started.use(loadKeyring(config.keyringFile, { log }));
  const deps = openDeps(started, config, { faults, log, telemetry });
  if (telemetry.metrics !== undefined) {
    const measuring = started.use(openMeasuringPool({ url: config.databaseUrl, schema, applicationName }));
    measureInventory(telemetry.metrics, measuring);
    measureEvents(telemetry.metrics, measuring);
  }
  const server = await startRpcServer({
    host: config.host,
    port: config.port,
    portVariable: 'INVENTORY_PORT',
    services: [
      mount(InventoryService, inventoryService(deps)),
      mount(InventoryAdminService, inventoryAdminService(deps)),
    ],
    keyring,
    log,
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

function openBus(started: AsyncDisposableStack, { redisUrl: url }: Config, log: ProgramContext['log']): Bus {
  const redis = url === undefined ? undefined : started.use(openRedis({ url, log, name: applicationName }));
  return { redis, wakeUps: started.use(openWakeUps(redis)) };
}

interface Surroundings extends Pick<Deps, 'faults' | 'log'> {
  readonly telemetry: Telemetry;
}

function openDeps(started: AsyncDisposableStack, config: Config, { faults, log, telemetry }: Surroundings): Deps {
  const pool = started.use(
    openPool({
      url: withIndexPlans(config.databaseUrl),
      schema,
      max: config.databasePoolMax,
      connectionTimeoutMs: config.databaseWaitTimeoutMs,
      applicationName,
      log,
    }),
  );
  const orm = started.use(openOrm({ pool, entities: [ConcertEntity, ScheduleEntity], log }));
  const transport = started.use(grpcTransport({ address: config.queueAddress, key: config.serviceKey }));
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
  const { redis, wakeUps } = openBus(started, config, log);
  const cache = started.use(new Cache({ shared: redis && new RedisSecondLevel(redis), wakeUps }));
  return {
    pool,
    orm,
    catalog: new RememberedCatalog({ pool, orm, cache, momentMs: config.remainingRememberMs }),
    catalogRelay: new CatalogRelay({ pool, log, cache, redis }),
    tickets,
    feeds,
    events: started.use(openEvents({ pool, log, wakeUps, redis }, config)),
    turns: new Turns(),
    faults,
    log,
    metrics: saleMetrics(telemetry.metrics),
    requestRetentionSeconds: config.requestRetentionHours * 3_600,
  };
}
