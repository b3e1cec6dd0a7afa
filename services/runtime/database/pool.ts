import { AsyncLocalStorage } from 'node:async_hooks';

import pg from 'pg';
import type { Logger } from 'pino';

import { noTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { measurePool } from './pool-metrics.ts';
import { observe, StatementObserver } from './statement-observer.ts';
import { typeParsers } from './types.ts';

/** How a process talks to its schema. Every wait has a limit; the defaults suit a service behind a deadline of seconds. */
export interface PoolOptions {
  readonly url: string;
  /** The one schema on the search path; it need not exist yet. */
  readonly schema: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Connections at most. */
  readonly max?: number;
  /** For a connection, whether made or waited for in the queue of the pool. */
  readonly connectionTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  /** For a lock on a row or table. */
  readonly lockTimeoutMs?: number;
  /** After it the server ends the session of a transaction that does nothing. */
  readonly idleInTransactionTimeoutMs?: number;
  /** After it an idle connection is closed. */
  readonly idleTimeoutMs?: number;
  /** Hears of connections that the server or the network has ended. */
  readonly log?: Logger;
  /** What connections and statements are measured and traced with. Default: nothing. */
  readonly telemetry?: Telemetry;
}

/** How much later than the server we give up on a statement: only when the network has swallowed the answer. */
const answerGraceMs = 5_000;
const keepAliveAfterMs = 10_000;
const drainTimeoutMs = 3_000;
const defaultMax = 10;

type ConnectCallback = Parameters<pg.Pool['connect']>[0];

/** pg's pool of one schema, with the limits of {@link PoolOptions}. Disposing it closes every connection. */
export class Pool extends pg.Pool implements AsyncDisposable {
  readonly schema: string;
  readonly #clients = new Set<pg.PoolClient>();
  readonly #scope = new AsyncLocalStorage<{ open: boolean }>();
  #disposed: Promise<void> | undefined;

  constructor(options: PoolOptions) {
    super(configOf(options));
    this.schema = options.schema;
    const { telemetry = noTelemetry, applicationName, max = defaultMax } = options;
    if (telemetry.metrics) measurePool(telemetry.metrics, this, { name: poolName(applicationName), max });
    const observer =
      telemetry.metrics || telemetry.traces ? new StatementObserver(telemetry, options.schema) : undefined;
    // Without a listener the death of a connection would end this process. It is told up to three times: by the server's
    // last words, by the end of the stream, and by the pool if the connection was idle.
    this.on('error', () => undefined);
    this.on('connect', (client) => {
      this.#clients.add(client);
      observe(client, observer);
      client.on('error', () => undefined);
      client.once('error', (error) => options.log?.warn({ err: error }, 'database connection lost'));
    });
    this.on('remove', (client) => this.#clients.delete(client));
  }

  /**
   * Takes a connection; the caller releases it.
   *
   * @throws Error when there is none within the connection timeout, and when called inside a transaction of this pool: as
   * many of those as there are connections would wait for each other.
   */
  override connect(): Promise<pg.PoolClient>;
  override connect(callback: ConnectCallback): void;
  override connect(callback?: ConnectCallback): Promise<pg.PoolClient> | void {
    if (callback) return void this.connect().then(succeed(callback), fail(callback));
    if (this.#scope.getStore()?.open) return Promise.reject(new Error(nestedMessage));
    return super.connect();
  }

  /** Runs a transaction's work so that {@link connect} can tell a call from inside it. */
  async within<T>(work: () => Promise<T>): Promise<T> {
    const scope = { open: true };
    try {
      return await this.#scope.run(scope, work);
    } finally {
      scope.open = false;
    }
  }

  /**
   * Closes the idle connections, and those in use as they are released.
   *
   * @throws Error when some are still in use after 3 s; those are cut.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    const ended = this.end();
    const { promise: late, resolve } = Promise.withResolvers<'late'>();
    const timer = setTimeout(resolve, drainTimeoutMs, 'late');
    const outcome = await Promise.race([ended, late]);
    clearTimeout(timer);
    if (outcome !== 'late') return;
    const count = this.#clients.size;
    await Promise.allSettled([...this.#clients].map((client) => client.end()));
    throw new Error(
      `${count} connection(s) to the schema ${this.schema} were in use ${drainTimeoutMs} ms after the end`,
    );
  }
}

const nestedMessage =
  'A connection was asked for inside a transaction of the same pool. Use the client of the transaction (`orm.forkIn(client)` for the ORM).';

/** Opens a pool. Nothing connects before the first use. */
export function openPool(options: PoolOptions): Pool {
  return new Pool(options);
}

/** `boxoffice worker loops` is `worker loops` to who knows the system. */
function poolName(applicationName: string): string {
  return applicationName.replace(/^boxoffice /, '');
}

function configOf(options: PoolOptions): pg.PoolConfig {
  const { connectionTimeoutMs = 10_000, statementTimeoutMs = 10_000 } = options;
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    max: options.max ?? defaultMax,
    connectionTimeoutMillis: connectionTimeoutMs,
    idleTimeoutMillis: options.idleTimeoutMs ?? 30_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + answerGraceMs,
    lock_timeout: options.lockTimeoutMs ?? 2_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs ?? 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    types: typeParsers(),
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- pg-pool waits for it, which its types do not say
    onConnect: (client) => setSearchPath(client, options.schema, connectionTimeoutMs),
  };
}

/** A statement, not the start-up option `-c search_path=…`: an `options` in the URL would replace that without a word. */
function setSearchPath(client: pg.ClientBase, schema: string, timeoutMs: number): Promise<unknown> {
  const query = { text: `set search_path to ${pg.escapeIdentifier(schema)}`, query_timeout: timeoutMs };
  return client.query(query);
}

function succeed(callback: ConnectCallback): (client: pg.PoolClient) => void {
  return (client) => callback(undefined, client, (error?: Error | boolean) => client.release(error));
}

function fail(callback: ConnectCallback): (error: Error) => void {
  return (error) => callback(error, undefined, () => undefined);
}
