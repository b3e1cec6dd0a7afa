import { mkdir, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

import { postgresAccount, type PostgresAccount } from './postgres/account.ts';
import { postgresBinaries } from './postgres/binaries.ts';
import { clusterDir, database, openCluster, remember, spawnOptions, user } from './postgres/cluster.ts';
import { endLeftover } from './postgres/leftover.ts';
import { acquireProcessLock, LockedError } from './process-lock.ts';
import { tether, type Tethered } from './tether.ts';

/** How to run a PostgreSQL server of our own. */
export interface PostgresOptions {
  /** The folder for the data, the password and, if need be, a copy of the programs. Made if missing. */
  readonly dataDir: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Receives what the server says, line by line. */
  readonly log?: (line: string) => void;
  /** `off` trades the data's survival of a power cut for speed: for tests. */
  readonly durability?: 'full' | 'off';
  /** Server settings that win over the defaults here. */
  readonly settings?: Readonly<Record<string, string>>;
  /** How long a fast shutdown may take before an immediate one, after which the next start replays the log. */
  readonly stopLimitMs?: number;
}

/** A running server. */
export interface Postgres extends AsyncDisposable {
  /** Of the database `boxoffice`, with the password of its owner, who is the server's superuser. */
  readonly url: string;
  readonly port: number;
  /** The postmaster. */
  readonly pid: number;
  /** Resolves when the server has ended, whoever ended it; says how. */
  readonly ended: Promise<string>;
  /** Shuts down: open transactions are rolled back, what was committed is on disk. */
  stop(): Promise<void>;
}

const lockName = 'in-use';
const readyLimitMs = 60_000;
const portAttemptsMax = 5;

/** Of one machine that runs five programs and their replicas, each with a pool of its own. */
const defaults = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '', // A socket's path may have 107 bytes at most; a checkout's may be longer.
  max_connections: '200',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  // Parallel queries take their memory from /dev/shm, of which a container has 64 MB; ours are too short to gain.
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C', // `awaitReady` reads them.
  log_checkpoints: 'off',
  log_line_prefix: '[%p] ',
  log_min_messages: 'log', // What a client did wrong is told to the client.
};

const durabilityOff = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts the PostgreSQL that npm installed, on 127.0.0.1, with a password of its own; makes the cluster first if there is
 * none. It ends by a fast shutdown when this process dies, `kill -9` included. A server that an earlier process has left on
 * the same data is ended first; there are never two.
 *
 * @throws Error when there is no PostgreSQL for this machine, when no account can run it, when its data are of another major
 * version or in use by another living process, when the port is taken.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await lock(dataDir));

  const account = await postgresAccount(await postgresBinaries(dataDir), dataDir);
  await endLeftover(clusterDir(dataDir));
  const { dir, password } = await openCluster(dataDir, account);

  const { server, port } = await listen(dir, account, options);
  cleanup.use(server);
  const ended = server.ended.then(({ code, signal }) => `PostgreSQL ended with ${signal ?? `code ${code}`}`);
  const resources = cleanup.move();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= resources.disposeAsync());
  return {
    url: `postgresql://${user}:${password}@127.0.0.1:${port}/${database}`,
    port,
    pid: server.pid,
    ended,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/**
 * Deletes the data for good; nothing happens when there are none.
 *
 * @throws Error when they are in use by a living process.
 */
export async function erasePostgres(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const held = await lock(dataDir);
  try {
    await endLeftover(clusterDir(dataDir));
    for (const name of await readdir(dataDir)) {
      if (name !== lockName) await rm(join(dataDir, name), { recursive: true, force: true });
    }
  } finally {
    await held[Symbol.asyncDispose]();
  }
}

async function lock(dataDir: string): Promise<AsyncDisposable> {
  try {
    return await acquireProcessLock(join(dataDir, lockName));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new Error(`The data in ${dataDir} are in use by process ${error.pid}.`, { cause: error });
  }
}

/** Starts the server on the port that was asked for, or on a free one. */
async function listen(
  cluster: string,
  account: PostgresAccount,
  options: PostgresOptions,
): Promise<{ server: Tethered; port: number }> {
  const settings = { ...defaults, ...(options.durability === 'off' && durabilityOff), ...options.settings };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port || (await freePort());
    const args = ['-D', cluster, '-p', String(port), ...flags];
    const server = await tether(account.binaries.postgres, args, spawnOptions(account, options.stopLimitMs));
    try {
      await awaitReady(server, options.log);
      return { server, port };
    } catch (error) {
      await server.stop();
      const taken = error instanceof Error && error.message.includes('could not bind');
      if (taken && options.port) throw new Error(`Port ${port} is taken.`, { cause: error });
      if (!taken || attempt === portAttemptsMax) throw error; // Else another program took the free port first.
    }
  }
}

/** Waits for the server's own word that it takes connections. */
async function awaitReady(server: Tethered, log: PostgresOptions['log']): Promise<void> {
  const lines: string[] = [];
  const limit = AbortSignal.timeout(readyLimitMs);
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(server.stderr).on('line', (line) => {
      log?.(line);
      remember(lines, line);
      if (line.includes('database system is ready to accept connections')) resolve();
    });
    limit.addEventListener('abort', () => reject(new Error(`PostgreSQL is not ready after ${readyLimitMs} ms`)));
    void server.ended.then(() => reject(new Error(`PostgreSQL did not start:\n${lines.join('\n')}`)));
  });
  await ready;
}

/** A port that nothing listens on at this moment. */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
