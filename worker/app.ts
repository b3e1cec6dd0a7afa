import { createClient } from '@connectrpc/connect';
import { InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { PositionService } from '@boxoffice/proto/queue';
import { createTicketVerifier } from '@boxoffice/proto/ticket-token';
import { migrations, schema } from '@boxoffice/queue/migrations/index';
import { PresenceReporter } from '@boxoffice/queue/presence-reporter';
import { readConfig } from '@boxoffice/runtime/config';
import { migrate } from '@boxoffice/runtime/database/migrate';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { mount, startRpcServer } from '@boxoffice/runtime/grpc/server';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { loadKeyring } from '@boxoffice/runtime/keyring';
import type { Logger } from '@boxoffice/runtime/log';
import type { App, ProgramContext } from '@boxoffice/runtime/program';

import { spec, type Config } from './config.ts';
import { runLoop } from './loop.ts';
import { loops } from './loops.ts';
import { QueueTails } from './queue-tails.ts';
import { positionService } from './service.ts';

/** The loops take turns at few connections, and share them with nobody: a rush of streams does not stop admission. */
const loopConnectionsMax = 4;

/**
 * Starts a worker: its loops, and the server of positions.
 *
 * @throws ConfigError for a faulty environment; Error when the database or the port cannot be had.
 */
export async function createApp({ env, log }: ProgramContext): Promise<App> {
  const config = readConfig(spec, env);
  await using resources = new AsyncDisposableStack();
  const keyring = resources.use(loadKeyring(config.keyringFile, { log }));
  // Whoever is first of the Queue and its workers.
  await migrate({ url: config.databaseUrl, schema, migrations, log });
  resources.use(startLoops(config, log, resources.use(pool(config, 'loops', loopConnectionsMax, log))));

  const streamPool = resources.use(pool(config, 'streams', config.databasePoolMax, log));
  const deps = {
    pool: streamPool,
    tails: resources.use(new QueueTails({ pool: streamPool, log, pollIntervalMs: config.pollIntervalMs })),
    verifyToken: createTicketVerifier(config.ticketPublicKeys),
    presence: resources.use(new PresenceReporter({ pool: streamPool, log, program: 'worker' })),
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
  return { address: server.address, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function pool(config: Config, name: string, max: number, log: Logger): Pool {
  return openPool({ url: config.databaseUrl, schema, max, applicationName: `boxoffice worker ${name}`, log });
}

/** Starts all loops; disposing them waits until each has finished the run it is at. */
function startLoops(config: Config, log: Logger, loopPool: Pool): AsyncDisposable {
  const end = new AbortController();
  const inventory = grpcTransport({ address: config.inventoryAddress, key: config.serviceKey });
  const ledger = grpcTransport({ address: config.ledgerAddress, key: config.serviceKey });
  const table = loops({
    pool: loopPool,
    inventory: createClient(InventoryService, inventory),
    ledger: createClient(LedgerService, ledger),
    log,
    tickIntervalMs: config.tickIntervalMs,
    changeRetentionMs: config.changeRetentionMs,
  });
  const running = Promise.all(table.map((loop) => runLoop(loop, log, end.signal)));
  return {
    async [Symbol.asyncDispose]() {
      end.abort();
      await running;
      await Promise.all([inventory[Symbol.asyncDispose](), ledger[Symbol.asyncDispose]()]);
    },
  };
}
