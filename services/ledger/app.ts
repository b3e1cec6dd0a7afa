import { createClient } from '@connectrpc/connect';
import { InventoryService } from '@boxoffice/proto/inventory';
import { LedgerAdminService, LedgerService } from '@boxoffice/proto/ledger';
import { QueueService } from '@boxoffice/proto/queue';
import { createTicketVerifier } from '@boxoffice/proto/ticket-token';
import { withIndexPlans } from '@boxoffice/runtime/database/index-plans';
import { openPool } from '@boxoffice/runtime/database/pool';
import { openMeasuringPool } from '@boxoffice/runtime/database/measuring-pool';
import { prepareSchema } from '@boxoffice/runtime/database/prepare-schema';
import { openEvents } from '@boxoffice/runtime/events/events';
import { measureEvents } from '@boxoffice/runtime/events/measure-events';
import { readFaultPoints } from '@boxoffice/runtime/fault-points';
import type { Grace } from '@boxoffice/runtime/grace';
import { openCertificates, type FollowedCertificates } from '@boxoffice/runtime/grpc/certificates';
import { mount, startRpcServer } from '@boxoffice/runtime/grpc/server';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { loadKeyring } from '@boxoffice/runtime/keyring';
import type { App, ProgramContext } from '@boxoffice/runtime/program';
import { openRedis } from '@boxoffice/runtime/redis/connection';
import { openWakeUps } from '@boxoffice/runtime/redis/wake-ups';
import { noTelemetry, type Telemetry } from '@boxoffice/runtime/telemetry/telemetry';

import { Charges } from './charges.ts';
import { readLedgerConfig, type Config } from './config.ts';
import type { Deps } from './deps.ts';
import { Drives } from './drives.ts';
import { measureUnderWay, moneyCounting } from './metrics.ts';
import { migrations, schema } from './migrations/index.ts';
import { ledgerAdminService, ledgerService } from './service.ts';
import { SystemAccounts } from './system-accounts.ts';

const name = 'boxoffice ledger';

/**
 * Starts a Ledger: brings its schema up to date, then serves.
 *
 * @throws ConfigError for a faulty environment; Error when the database cannot be reached or the port is taken.
 */
export async function createApp(context: ProgramContext): Promise<App> {
  const { env, log, signal, grace, telemetry = noTelemetry, faults = readFaultPoints(env) } = context;
  const config = readLedgerConfig(env);
  await using cleanup = new AsyncDisposableStack();
  const keyring = cleanup.use(loadKeyring(config.keyringFile, { log }));
  const tls = cleanup.use(openCertificates(config, { log }));
  await prepareSchema({ url: config.databaseUrl, schema, migrations, log, signal }, config);

  // Disposed from the last to the first: no call is taken, what is under way is finished, connections are closed.
  const deps = openDeps(config, { faults, grace, tls, telemetry, log }, cleanup);
  const server = cleanup.use(
    await startRpcServer({
      host: config.host,
      port: config.port,
      portVariable: 'LEDGER_PORT',
      services: [mount(LedgerService, ledgerService(deps)), mount(LedgerAdminService, ledgerAdminService(deps))],
      keyring,
      tls,
      log,
      telemetry,
      grace,
      limits: { connectionAgeMaxMs: config.connectionAgeMaxMs },
      ready: async () => void (await deps.pool.query('select 1')),
    }),
  );
  const resources = cleanup.move();
  const { address, isReady, drain } = server;
  return { address, isReady, drain, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

interface Given extends Pick<Deps, 'faults' | 'log'> {
  readonly grace: Grace | undefined;
  readonly tls: FollowedCertificates | undefined;
  readonly telemetry: Telemetry;
}

function openDeps(config: Config, { faults, grace, tls, telemetry, log }: Given, cleanup: AsyncDisposableStack): Deps {
  const { databaseUrl, databasePoolMax: max, serviceKey: key, redisUrl } = config;
  const url = withIndexPlans(databaseUrl);
  const pool = cleanup.use(openPool({ url, schema, max, applicationName: name, log, telemetry }));
  const redis = redisUrl === undefined ? undefined : cleanup.use(openRedis({ url: redisUrl, log, name, telemetry }));
  const wakeUps = cleanup.use(openWakeUps(redis));
  const { metrics } = telemetry;
  const counting = metrics && moneyCounting(metrics);
  if (metrics) {
    const measuring = cleanup.use(openMeasuringPool({ url: databaseUrl, schema, applicationName: name }));
    measureUnderWay(metrics, measuring, log);
    measureEvents(metrics, measuring, log);
  }
  const queue = cleanup.use(grpcTransport({ address: config.queueAddress, key, tls, telemetry }));
  const inventory = cleanup.use(grpcTransport({ address: config.inventoryAddress, key, tls, telemetry }));
  return {
    pool,
    tickets: createTicketVerifier(config.ticketPublicKey),
    queue: createClient(QueueService, queue),
    inventory: createClient(InventoryService, inventory),
    systemAccounts: new SystemAccounts(pool),
    charges: new Charges(pool, faults),
    events: cleanup.use(openEvents({ pool, log, wakeUps, redis, counting }, config)),
    drives: cleanup.use(new Drives({ max: config.paymentsMax, grace, log })),
    faults,
    limits: { ...config, requestRetentionSeconds: config.requestRetentionHours * 3_600 },
    log,
  };
}
