import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { loadCatalogue } from './catalogue.ts';
import { keepPostgres } from './keep-postgres.ts';
import { keysFile, prepareKeys, prepareTicketKeys, writePrivate, type LocalKeys, type ServiceName } from './keys.ts';
import type { Output } from './output.ts';
import { findPorts } from './ports.ts';
import { erasePostgres } from './postgres.ts';
import { acquireProcessLock, LockedError } from './process-lock.ts';
import {
  instancesOf,
  operationsPortsOf,
  programsOf,
  reachable,
  sharedPortOf,
  targetOf,
  type Instance,
  type Replicas,
} from './programs.ts';
import { readSettings, type Settings } from './settings.ts';
import { supervise, type Supervisor, type SupervisorOptions } from './supervisor.ts';
import { lockFile, planFile, type SystemPlan } from './system-plan.ts';

/** How to run the whole system on this machine. */
export interface SystemOptions {
  /** The variables of `npm start`; what is none of its own goes to the programs. */
  readonly environment: NodeJS.ProcessEnv;
  readonly output: Output;
  /** Deletes everything of an earlier start first. */
  readonly fresh?: boolean;
  /** How many of each program; one where nothing is said. Several BFFs are behind one port, where the system can do that. */
  readonly replicas?: Replicas;
  /** Without a catalogue there are no concerts and no members. */
  readonly catalogue?: boolean;
  /** Ends the start before it is complete. */
  readonly signal?: AbortSignal;
  /** Other files to run than the programs' own, by the names of instances (`queue-2`): for tests. */
  readonly mains?: Readonly<Record<string, string>>;
  /** As the supervisor has it: for tests that kill more often than anything dies by itself. */
  readonly backoffMs?: SupervisorOptions['backoffMs'];
}

/** A running system. Disposing ends it within 5 s. */
export interface System extends SystemPlan, AsyncDisposable {
  readonly keys: LocalKeys;
  readonly supervisor: Supervisor;
}

/**
 * Starts PostgreSQL (unless DATABASE_URL names another one) and the five programs, waits until all are well, and loads the
 * demo catalogue when there are no concerts. The programs migrate their schemas themselves.
 *
 * @throws ConfigError, PortsTakenError, or Error with words for a person; nothing is left running then.
 */
export async function startSystem(options: SystemOptions): Promise<System> {
  const settings = readSettings(options.environment);
  await using started = new AsyncDisposableStack();
  started.use(await takeHome(settings.home));
  if (options.fresh) await erase(settings);

  const instances = await placedInstances(settings, options.replicas ?? {});
  const [keys, ticketKeys, databaseUrl] = await Promise.all([
    prepareKeys(settings.home, settings.keyringFile),
    ticketKeysOf(settings),
    hasOwnDatabase(settings) ? undefined : startDatabase(settings.home, options.output, started),
  ]);
  options.signal?.throwIfAborted();

  const { environment, output, mains = {}, backoffMs } = options;
  const programs = programsOf(instances, { environment, settings, keys, ticketKeys, databaseUrl, mains });
  const supervisor = await supervise({
    programs,
    output,
    ...(options.signal && { signal: options.signal }),
    ...(backoffMs && { backoffMs }),
  });
  started.use(supervisor);

  const plan = planOf(settings, instances, databaseUrl);
  if (options.catalogue !== false) await loadCatalogue(plan, keys.operator, output);
  await writePrivate(planFile(settings.home), `${JSON.stringify(plan, null, 2)}\n`);
  started.defer(() => rm(planFile(settings.home), { force: true }));
  const resources = started.move();
  return { ...plan, keys, supervisor, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

/** What is to run, each with ports of its own. */
async function placedInstances(settings: Settings, replicas: Replicas): Promise<Instance[]> {
  const wanted = instancesOf(settings, replicas);
  const operations = operationsPortsOf(settings, wanted);
  const shared = sharedPortOf(settings, replicas);
  const ports = await findPorts(settings.host, [...wanted, ...operations, ...(shared === undefined ? [] : [shared])]);
  const operationsPorts = ports.slice(wanted.length, wanted.length + operations.length);
  const sharedPort = shared === undefined ? undefined : ports.at(-1);
  return wanted.map((instance, index) => ({
    ...instance,
    port: ports[index] ?? 0,
    operationsPort: operationsPorts[index],
    sharedPort: instance.service === 'bff' ? sharedPort : undefined,
  }));
}

const databaseDir = (home: string): string => join(home, 'postgres');

async function takeHome(home: string): Promise<AsyncDisposable> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  try {
    return await acquireProcessLock(lockFile(home));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new Error(
      `Boxoffice already runs with the data in ${home} (process ${error.pid}). ` +
        `End that one with Ctrl-C, or give this one a folder and ports of its own: BOXOFFICE_HOME, PORT, QUEUE_PORT, …`,
      { cause: error },
    );
  }
}

/** Deletes what `npm start` makes; nothing else that somebody may keep in the folder. */
async function erase(settings: Settings): Promise<void> {
  if (hasOwnDatabase(settings)) {
    throw new Error(
      '--fresh deletes no data on a server of your own: drop the schemas queue, inventory and ledger there.',
    );
  }
  const { home } = settings;
  await erasePostgres(databaseDir(home));
  const files = ['keys.json', 'keyring.json', 'ticket-signing-key.pem', 'ticket-public-key.pem', 'system.json'];
  for (const name of [...files, 'catalogue.json', 'compiled'])
    await rm(join(home, name), { recursive: true, force: true });
}

function hasOwnDatabase({ databaseUrl, queueDatabaseUrl, inventoryDatabaseUrl, ledgerDatabaseUrl }: Settings): boolean {
  return databaseUrl !== undefined || (!!queueDatabaseUrl && !!inventoryDatabaseUrl && !!ledgerDatabaseUrl);
}

async function startDatabase(home: string, output: Output, started: AsyncDisposableStack): Promise<string> {
  return started.use(await keepPostgres(databaseDir(home), output)).url;
}

async function ticketKeysOf({ home, signingKeyFile, publicKeyFile }: Settings) {
  return signingKeyFile && publicKeyFile ? { signingKeyFile, publicKeyFile } : await prepareTicketKeys(home);
}

function planOf(settings: Settings, instances: readonly Instance[], databaseUrl: string | undefined): SystemPlan {
  const { home, host, keyringFile, authMode } = settings;
  const target = (service: ServiceName): string => targetOf(host, instances, service);
  const fallback = settings.databaseUrl ?? databaseUrl ?? '';
  const urlAt = (port: number): string => `http://${host === '127.0.0.1' ? 'localhost' : reachable(host)}:${port}`;
  const bffs = instances.filter(({ service }) => service === 'bff');
  const urls = bffs.map(({ port }) => urlAt(port));
  const sharedPort = bffs[0]?.sharedPort;
  return {
    pid: process.pid,
    home,
    url: sharedPort === undefined ? (urls[0] ?? '') : urlAt(sharedPort),
    urls,
    addresses: {
      queue: target('queue'),
      inventory: target('inventory'),
      ledger: target('ledger'),
      worker: target('worker'),
    },
    operations: Object.fromEntries(
      instances.flatMap(({ name, operationsPort }) => (operationsPort === undefined ? [] : [[name, operationsPort]])),
    ),
    databases: {
      queue: settings.queueDatabaseUrl ?? fallback,
      inventory: settings.inventoryDatabaseUrl ?? fallback,
      ledger: settings.ledgerDatabaseUrl ?? fallback,
    },
    keysFile: keysFile(home),
    keyringFile,
    authMode,
  };
}
