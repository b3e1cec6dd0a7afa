import { createClient } from '@connectrpc/connect';
import { InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { PositionService } from '@boxoffice/proto/queue';
import { createTicketVerifier } from '@boxoffice/proto/ticket-token';
import { migrations, schema } from '@boxoffice/queue/migrations/index';
import { PresenceReporter } from '@boxoffice/queue/presence/presence-reporter';
import { RedisPresence } from '@boxoffice/queue/presence/redis-presence';
import { ticketCounting } from '@boxoffice/queue/metrics';
import { Sightings } from '@boxoffice/queue/presence/sightings';
import { QueueWakeUps } from '@boxoffice/queue/wake-ups';
import { readConfig } from '@boxoffice/runtime/config';
import { openPool, type Pool, type PoolOptions } from '@boxoffice/runtime/database/pool';
import { prepareSchema } from '@boxoffice/runtime/database/prepare-schema';
import { EventRelay, type EventRelayOptions } from '@boxoffice/runtime/events/relay';
import { Grace } from '@boxoffice/runtime/grace';
import { openCertificates, type FollowedCertificates } from '@boxoffice/runtime/grpc/certificates';
import { mount, startRpcServer } from '@boxoffice/runtime/grpc/server';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { loadKeyring } from '@boxoffice/runtime/keyring';
import type { App, ProgramContext } from '@boxoffice/runtime/program';
import { openRedis } from '@boxoffice/runtime/redis/connection';
import { openWakeUps } from '@boxoffice/runtime/redis/wake-ups';
import { noTelemetry, type Telemetry } from '@boxoffice/runtime/telemetry/telemetry';

import { spec, type Config } from './config.ts';
import { runLoop } from './loop.ts';
import { measureLoops } from './loop-metrics.ts';
import { loops, type LoopDeps } from './loops.ts';
import { QueueTails } from './queue-tails.ts';
import { positionService } from './service.ts';
import { traceTicks } from './tick-traces.ts';
import { wokenQueuesLoop } from './woken-queues.ts';

/** The loops take turns at few connections, and share them with nobody: a rush of streams does not stop admission. */
const loopConnectionsMax = 4;

/**
 * Starts a worker: its loops, and the server of positions.
 *
 * @throws ConfigError for a faulty environment; Error when the database or the port cannot be had.
 */
export async function createApp({
  env,
  log,
  signal,
  grace = new Grace(),
  telemetry = noTelemetry,
}: ProgramContext): Promise<App> {
  const config = readConfig(spec, env);
  await using resources = new AsyncDisposableStack();
  const keyring = resources.use(loadKeyring(config.keyringFile, { log }));
  const tls = resources.use(openCertificates(config, { log }));
  // Whoever is first of the Queue and its workers.
  await prepareSchema({ url: config.databaseUrl, schema, migrations, log, signal }, config);
  const url = config.redisUrl;
  const name = 'boxoffice worker';
  const redis = url === undefined ? undefined : resources.use(openRedis({ url, log, name, telemetry }));
  const bus = resources.use(openWakeUps(redis));
  const wakeUps = new QueueWakeUps(bus);
  const presenceStore = redis && new RedisPresence(redis);
  const loopPool = resources.use(pool(config, 'loops', { max: loopConnectionsMax, log, telemetry }));
  const counting = telemetry.metrics && ticketCounting(telemetry.metrics);
  const events = new EventRelay({ pool: loopPool, log, wakeUps: bus, redis, counting, ...retentionOf(config) });
  resources.use(startLoops(config, { tls, telemetry, grace }, { pool: loopPool, wakeUps, presenceStore, events, log }));

  const streamPool = resources.use(pool(config, 'streams', { max: config.databasePoolMax, log, telemetry }));
  const sightings = new Sightings({ pool: streamPool, store: presenceStore, log });
  const deps = {
    pool: streamPool,
    tails: resources.use(new QueueTails({ pool: streamPool, log, wakeUps, pollIntervalMs: config.pollIntervalMs })),
    verifyToken: createTicketVerifier(config.ticketPublicKeys),
    presence: resources.use(new PresenceReporter({ sightings, log, program: 'worker' })),
  };
  const server = resources.use(
    await startRpcServer({
      host: config.host,
      port: config.port,
      portVariable: 'WORKER_PORT',
      services: [mount(PositionService, positionService(deps))],
      keyring,
      tls,
      log,
      telemetry,
      grace,
      limits: { streamsPerCallerMax: config.streamsPerCallerMax, connectionAgeMaxMs: config.connectionAgeMaxMs },
      ready: async () => void (await streamPool.query('select 1')),
    }),
  );
  const running = resources.move();
  const { address, isReady, drain } = server;
  return { address, isReady, drain, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

type OwnPool = Required<Pick<PoolOptions, 'max' | 'log' | 'telemetry'>>;

function pool(config: Config, name: string, own: OwnPool): Pool {
  return openPool({ url: config.databaseUrl, schema, applicationName: `boxoffice worker ${name}`, ...own });
}

function retentionOf(config: Config): Pick<EventRelayOptions, 'retentionHours' | 'streamLengthMax'> {
  return { retentionHours: config.eventRetentionHours, streamLengthMax: config.eventStreamLengthMax };
}

type OwnLoopDeps = Pick<LoopDeps, 'pool' | 'wakeUps' | 'presenceStore' | 'events' | 'log'>;

interface Wire {
  readonly tls: FollowedCertificates | undefined;
  readonly telemetry: Telemetry;
  readonly grace: Grace;
}

/** Starts all loops; disposing them waits until each has finished the run it is at. */
function startLoops(config: Config, { grace, ...wire }: Wire, own: OwnLoopDeps): AsyncDisposable {
  const end = new AbortController();
  const key = config.serviceKey;
  const inventory = grpcTransport({ address: config.inventoryAddress, key, ...wire });
  const ledger = grpcTransport({ address: config.ledgerAddress, key, ...wire });
  const traceTick = traceTicks(wire.telemetry.traces);
  const metrics = wire.telemetry.metrics && measureLoops(wire.telemetry.metrics);
  const table = loops({
    ...own,
    inventory: createClient(InventoryService, inventory),
    ledger: createClient(LedgerService, ledger),
    traceTick,
    tickIntervalMs: config.tickIntervalMs,
    resumeIntervalMs: config.resumeIntervalMs,
    changeRetentionMs: config.changeRetentionMs,
  });
  const woken = wokenQueuesLoop(own.pool, own.wakeUps, traceTick);
  const surroundings = { log: own.log, metrics };
  const running = Promise.all([...table, woken].map((loop) => runLoop(loop, surroundings, end.signal)));
  return {
    async [Symbol.asyncDispose]() {
      woken[Symbol.dispose]();
      end.abort();
      // A loop that waits for a service longer than there is time loses its call.
      const hangUp = () => Promise.all([inventory[Symbol.asyncDispose](), ledger[Symbol.asyncDispose]()]);
      const late = setTimeout(() => void hangUp(), grace.leftMs());
      await running;
      clearTimeout(late);
      await hangUp();
    },
  };
}
