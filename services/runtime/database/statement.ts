import type pg from 'pg';

import { databaseFailure } from './failure.ts';
import { Pool } from './pool.ts';
import { observed } from './statement-observer.ts';

/** What a statement takes: everything that reaches PostgreSQL without a guess. JSON goes as text, bytes as they are. */
export type SqlValue = string | number | bigint | boolean | Date | Uint8Array | null | readonly SqlValue[];

/** Where a statement runs: on any connection of a pool, or on the one of a transaction. */
export type Queryable = Pool | pg.ClientBase;

/**
 * A named prepared statement: parsed once a connection, planned once or a few times. Avoid `select *`: a column added by a
 * migration would change the result under a prepared plan.
 */
export interface Statement<Params extends readonly SqlValue[], Row extends object> {
  readonly name: string;
  readonly text: string;
  /** All rows. Put a limit into the statement. */
  rows(client: Queryable, params: Params): Promise<Row[]>;
  /** @throws Error unless there is exactly one row. */
  one(client: Queryable, params: Params): Promise<Row>;
  /** @throws Error when there is more than one row. */
  maybe(client: Queryable, params: Params): Promise<Row | undefined>;
  /** How many rows were inserted, updated, deleted or selected. */
  run(client: Queryable, params: Params): Promise<number>;
}

const texts = new Map<string, string>();

/** PostgreSQL cuts longer names, and two that begin alike would meet. */
const namePattern = /^[a-z][a-z0-9-]{0,62}$/;

/**
 * Declares a statement. `Row` is what the pool's type parsers make of the columns: int8 is bigint, timestamptz Date, date text.
 *
 * @throws Error when the name is taken by another text: connections keep statements by name.
 */
export function statement<Params extends readonly SqlValue[] = [], Row extends object = never>(
  name: string,
  text: string,
): Statement<Params, Row> {
  if (!namePattern.test(name)) throw new Error(`"${name}" is no name for a statement: a-z, 0-9 and -, 63 at most`);
  if ((texts.get(name) ?? text) !== text) throw new Error(`There are two statements of the name "${name}"`);
  texts.set(name, text);

  const query = (client: Queryable, params: Params): Promise<pg.QueryResult<Row>> => {
    const config = { name, text, values: params as readonly unknown[] as unknown[] };
    return client instanceof Pool ? queryPool<Row>(client, config) : send<Row>(client, config);
  };
  const rows = async (client: Queryable, params: Params): Promise<Row[]> => (await query(client, params)).rows;
  const maybe = async (client: Queryable, params: Params): Promise<Row | undefined> => {
    const found = await rows(client, params);
    if (found.length > 1) throw new Error(`The statement "${name}" gave ${found.length} rows, not one at most`);
    return found[0];
  };
  return {
    name,
    text,
    rows,
    maybe,
    async one(client, params) {
      const row = await maybe(client, params);
      if (row === undefined) throw new Error(`The statement "${name}" gave no row`);
      return row;
    },
    async run(client, params) {
      return (await query(client, params)).rowCount ?? 0;
    },
  };
}

/** A query of a statement. */
type NamedQuery = pg.QueryConfig & { readonly name: string };

function send<Row extends object>(client: pg.ClientBase, config: NamedQuery): Promise<pg.QueryResult<Row>> {
  return observed(client, config.name, () => client.query<Row>(config));
}

/**
 * `pg.Pool.query` throws the connection away after any error; this keeps it when it still works, so that a violated
 * constraint does not cost a reconnect. A stale plan is the one thing that is tried again, once: nothing has run.
 */
async function queryPool<Row extends object>(
  pool: Pool,
  config: NamedQuery,
  again = true,
): Promise<pg.QueryResult<Row>> {
  const client = await pool.connect();
  let discard = false;
  try {
    return await send<Row>(client, config);
  } catch (error) {
    const failure = databaseFailure(error);
    discard = failure === 'unavailable' || failure === 'stale';
    if (failure !== 'stale' || !again) throw error;
  } finally {
    client.release(discard);
  }
  return queryPool(pool, config, false);
}
