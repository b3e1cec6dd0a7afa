import { MikroORM, type EntityManager, type Options } from '@mikro-orm/postgresql';
import {
  Kysely,
  PostgresDialect,
  PostgresDriver,
  type ControlledTransaction,
  type Driver,
  type PostgresPool,
  type PostgresPoolClient,
} from 'kysely';
import pg from 'pg';
import type { Logger } from 'pino';

import type { Pool } from './pool.ts';
import type { PoolClient } from './transaction.ts';
import { ormTypeParsers } from './types.ts';

/** What an ORM maps, and over which connections. */
export interface OrmOptions {
  /** Shared with everything else in the process: the ORM opens no connection of its own. */
  readonly pool: Pool;
  /** The schema of entities that name none; the pool's by default. */
  readonly schema?: string;
  /** Made with `defineEntity`; a bigint column is `p.bigint()`, in TypeScript bigint. */
  readonly entities: NonNullable<Options['entities']>;
  /** Gets the queries at level `trace`. */
  readonly log?: Logger;
}

/** MikroORM over the pool of a process. Disposing it leaves the pool open. */
export interface Orm extends AsyncDisposable {
  readonly mikro: MikroORM;
  /** A unit of work of its own: take one for each request. */
  fork(): EntityManager;
  /**
   * A unit of work inside a transaction that is already open, such as the one of `transaction` or `once`: what it flushes
   * commits with that. `em.transactional` in it is a savepoint. Flush before the work returns.
   */
  forkIn(client: PoolClient): Promise<EntityManager>;
}

/**
 * Opens an ORM on a pool: MikroORM takes a Kysely dialect as its driver, and the dialect takes a pool. Queries of the ORM
 * are not prepared, and their values are written into the text; what locks, claims or runs hot is a `statement`. Its raw
 * queries (`em.execute`) give an int8 as text. It cannot stream, which takes a cursor.
 */
export function openOrm(options: OrmOptions): Orm {
  const mikro = new MikroORM(ormConfig(options));
  const fork = (): EntityManager => mikro.em.fork();
  return {
    mikro,
    fork,
    async forkIn(client) {
      const em = fork();
      em.setTransactionContext(await joinTransaction(client));
      return em;
    },
    [Symbol.asyncDispose]: () => mikro.close(),
  };
}

/** MikroORM's options for a pool. `debug` is off unless the log wants traces: formatting queries is not free. */
export function ormConfig({ pool, schema = pool.schema, entities, log }: OrmOptions): Options {
  return {
    entities: [...entities],
    schema,
    dbName: databaseOf(pool),
    ensureDatabase: false, // It would ask for it at the first query of all, which may be one in a transaction.
    driverOptions: () => new PostgresDialect({ pool: lend(pool) }),
    discovery: { warnWhenNoEntities: false },
    debug: log?.isLevelEnabled('trace') ? ['query'] : false,
    logger: (message) => log?.trace(message),
    colors: false,
  };
}

/** The pool as Kysely sees it. Kysely ends its pool when it is destroyed; ours outlives it. */
function lend(pool: Pool): PostgresPool {
  const lent = new WeakMap<PoolClient, PostgresPoolClient>(); // Kysely knows its connections by identity.
  return {
    Client: pg.Client,
    options: pool.options,
    end: async () => undefined,
    async connect() {
      const client = await pool.connect();
      const known = lent.get(client) ?? lendClient(client, (error) => client.release(error));
      lent.set(client, known);
      return known;
    },
  };
}

/** A connection as Kysely sees it, which reads rows as MikroORM wants them. */
function lendClient(client: PoolClient, release: PoolClient['release']): PostgresPoolClient {
  const types = ormTypeParsers();
  const query = (text: string, values: unknown[]): unknown => client.query({ text, values, types });
  return { query, release } as PostgresPoolClient; // Without a cursor Kysely calls no other form of `query`.
}

/** MikroORM wants to know the name, though it does not connect by it. */
function databaseOf(pool: Pool): string {
  const { pathname } = new URL(pool.options.connectionString ?? '');
  return decodeURIComponent(pathname.slice(1));
}

/** Kysely's view of a transaction that others have begun and will end: it never begins, commits or releases. */
function joinTransaction(client: PoolClient): Promise<ControlledTransaction<unknown>> {
  const lent = lendClient(client, () => undefined);
  const pool: PostgresPool = { options: {}, connect: async () => lent, end: async () => undefined };
  const dialect = new (class extends PostgresDialect {
    override createDriver(): Driver {
      return new BegunDriver({ pool });
    }
  })({ pool });
  return new Kysely<unknown>({ dialect }).startTransaction().execute();
}

class BegunDriver extends PostgresDriver {
  override async beginTransaction(): Promise<void> {}
}
