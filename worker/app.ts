import { createClient } from '@connectrpc/connect';
import { InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { PositionService } from '@boxoffice/proto/queue';
import { createTicketVerifier } from '@boxoffice/proto/ticket-token';
import { migrations, schema } from '@boxoffice/queue/migrations/index';
import { PresenceReporter } from '@boxoffice/queue/presence/presence-reporter';
import { RedisPresence } from '@boxoffice/queue/presence/redis-presence';
import { Sightings } from '@boxoffice/queue/presence/sightings';
import { QueueWakeUps } from '@boxoffice/queue/wake-ups';
import { readConfig } from '@boxoffice/runtime/config';
import { migrate } from '@boxoffice/runtime/database/migrate';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { EventRelay, type EventRelayOptions } from '@boxoffice/runtime/events/relay';
import { mount, startRpcServer } from '@boxoffice/runtime/grpc/server';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { loadKeyring } from '@boxoffice/runtime/keyring';
import type { Logger } from '@boxoffice/runtime/log';
import type { App, ProgramContext } from '@boxoffice/runtime/program';
import { openRedis } from '@boxoffice/runtime/redis/connection';
import { openWakeUps } from '@boxoffice/runtime/redis/wake-ups';
import { noTelemetry } from '@boxoffice/runtime/telemetry/telemetry';

import { spec, type Config } from './config.ts';
import { runLoop } from './loop.ts';
import { loops, type LoopDeps } from './loops.ts';
import { workerMetrics } from './metrics.ts';
import { QueueTails } from './queue-tails.ts';
import { positionService } from './service.ts';
import { wokenQueuesLoop } from './woken-queues.ts';

/** The loops take turns at few connections, and share them with nobody: a rush of streams does not stop admission. */
const loopConnectionsMax = 4;

/**
 * Starts a worker: its loops, and the server of positions.
 *
 * @throws ConfigError for a faulty environment; Error when the database or the port cannot be had.
 */
export async function createApp({ env, log, telemetry = noTelemetry }: ProgramContext): Promise<App> {
  const config = readConfig(spec, env);
  await using resources = new AsyncDisposableStack();
  const keyring = resources.use(loadKeyring(config.keyringFile, { log }));
  // Whoever is first of the Queue and its workers.
  await migrate({ url: config.databaseUrl, schema, migrations, log });
  const url = config.redisUrl;
  const redis = url === undefined ? undefined : resources.use(openRedis({ url, log, name: 'boxoffice worker' }));
  const bus = resources.use(openWakeUps(redis));
  const wakeUps = new QueueWakeUps(bus);
  const presenceStore = redis && new RedisPresence(redis);
  const loopPool = resources.use(pool(config, 'loops', loopConnectionsMax, log));
  const events = new EventRelay({ pool: loopPool, log, wakeUps: bus, redis, ...retentionOf(config) });
  const measures = { metrics: workerMetrics(telemetry.metrics), traces: telemetry.traces };
  resources.use(startLoops(config, { pool: loopPool, wakeUps, presenceStore, events, log, ...measures }));

  const streamPool = resources.use(pool(config, 'streams', config.databasePoolMax, log));
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
      log,
      limits: { streamsPerCallerMax: config.streamsPerCallerMax },
      ready: async () => void (await streamPool.query('select 1')),
    }),
  );
  const running = resources.move();
  const { address, isReady, drain } = server;
  return { address, isReady, drain, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function pool(config: Config, name: string, max: number, log: Logger): Pool {
  return openPool({ url: config.databaseUrl, schema, max, applicationName: `boxoffice worker ${name}`, log });
}

function retentionOf(config: Config): Pick<EventRelayOptions, 'retentionHours' | 'streamLengthMax'> {
  return { retentionHours: config.eventRetentionHours, streamLengthMax: config.eventStreamLengthMax };
}

type OwnLoopDeps = Pick<LoopDeps, 'pool' | 'wakeUps' | 'presenceStore' | 'events' | 'log' | 'metrics' | 'traces'>;

/** Starts all loops; disposing them waits until each has finished the run it is at. */
function startLoops(config: Config, own: OwnLoopDeps): AsyncDisposable {
  const end = new AbortController();
  const inventory = grpcTransport({ address: config.inventoryAddress, key: config.serviceKey });
  const ledger = grpcTransport({ address: config.ledgerAddress, key: config.serviceKey });
  const table = loops({
    ...own,
    inventory: createClient(InventoryService, inventory),
    ledger: createClient(LedgerService, ledger),
    tickIntervalMs: config.tickIntervalMs,
    resumeIntervalMs: config.resumeIntervalMs,
    changeRetentionMs: config.changeRetentionMs,
  });
  const woken = wokenQueuesLoop(own);
  const running = Promise.all(
    [...table, woken].map((loop) => runLoop(loop, own.log, end.signal, own.metrics?.loop(loop.name))),
  );
  return {
    async [Symbol.asyncDispose]() {
      woken[Symbol.dispose]();
      end.abort();
      await running;
      await Promise.all([inventory[Symbol.asyncDispose](), ledger[Symbol.asyncDispose]()]);
    },
  };
}
