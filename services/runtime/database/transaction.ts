import { setTimeout as delay } from 'node:timers/promises';

import type pg from 'pg';

import { databaseFailure, sqlState } from './failure.ts';
import type { Pool } from './pool.ts';
import { observed } from './statement-observer.ts';

export type PoolClient = pg.PoolClient;

/** How a transaction runs. */
export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
}

/** A conflict is tried again this many times: with more, a hot row only gets hotter. */
const retriesMax = 3;
/** Of the first pause before another try; it doubles, and is drawn at random so that the same two do not meet again. */
const pauseMsMax = 10;
const rollbackTimeoutMs = 2_000;

/**
 * Runs work in a transaction: commits what it did, or rolls all of it back when it throws. Serialization failures and
 * deadlocks are tried again, so work must do nothing but SQL (no call to another service, no message) and must not keep what
 * it computed in an earlier try. Two round trips more than the work.
 *
 * @throws whatever the work throws; the server's error, or pg's; Error when called inside another transaction of the pool.
 * When the connection breaks in the commit, nobody knows whether it was made: that is what request ids are for.
 */
export async function transaction<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  { isolation = 'read committed' }: TransactionOptions = {},
): Promise<T> {
  return conduct(pool, `begin isolation level ${isolation}`, async (client) => {
    const value = await work(client);
    return { end: 'commit', settle: () => value };
  });
}

/** How a script ends: the SQL of the last round trip, and what the caller gets after it. */
export interface Ending<T> {
  /** Ends with `commit` or `rollback`. */
  readonly end: string;
  /** Returns or throws the outcome. Not called when the end fails. */
  readonly settle: () => T;
}

/**
 * What {@link transaction} and `once` have in common: the connection, the retries, the rollback. `begin` and the ending may
 * carry more statements than the one, to spare round trips; `run` gets one result for each statement of `begin`.
 */
export async function conduct<T>(
  pool: Pool,
  begin: string,
  run: (client: PoolClient, began: readonly pg.QueryResult[]) => Promise<Ending<T>>,
): Promise<T> {
  for (let retry = 1; ; retry += 1) {
    const outcome = await attempt(pool, begin, run);
    if ('settle' in outcome) return outcome.settle();
    if (!outcome.again || retry > retriesMax) throw outcome.error;
    await delay(Math.random() * pauseMsMax * 2 ** (retry - 1));
  }
}

interface Failed {
  readonly error: unknown;
  /** Nothing has happened and the same may pass. */
  readonly again: boolean;
}

async function attempt<T>(
  pool: Pool,
  begin: string,
  run: (client: PoolClient, began: readonly pg.QueryResult[]) => Promise<Ending<T>>,
): Promise<Pick<Ending<T>, 'settle'> | Failed> {
  const client = await pool.connect();
  let begun = false;
  let discard = false;
  try {
    const began = results(await observed(client, 'begin', () => client.query(begin)));
    begun = true;
    const { end, settle } = await pool.within(() => run(client, began));
    await finish(client, end);
    return { settle };
  } catch (error) {
    const failure = databaseFailure(error);
    discard = failure === 'unavailable' || failure === 'stale' || !(await rolledBack(client, begun));
    // A connection that dies before anything was done had been dead in the pool: the server was restarted.
    const again = failure === 'conflict' || failure === 'stale' || (failure === 'unavailable' && !begun);
    return { error, again };
  } finally {
    client.release(discard);
  }
}

/** A query of several statements gives an array, which pg's types do not say. */
function results(result: pg.QueryResult | pg.QueryResult[]): readonly pg.QueryResult[] {
  return Array.isArray(result) ? result : [result];
}

/** Runs the ending, and checks that it was one: PostgreSQL answers `commit` with ROLLBACK after an error that was caught. */
async function finish(client: PoolClient, end: string): Promise<void> {
  if (client.getTransactionStatus() === 'I') throw new Error('The work has ended the transaction that it was given');
  const name = end.endsWith('commit') ? 'commit' : 'rollback';
  const ended = await observed(client, name, () => client.query(end)).catch((error: unknown) => {
    throw sqlState(error) === aborted ? new Error(caughtMessage, { cause: error }) : error;
  });
  const last = results(ended).at(-1);
  if (last === undefined || !end.endsWith(last.command.toLowerCase())) throw new Error(caughtMessage);
}

const aborted = '25P02'; // in_failed_sql_transaction
const caughtMessage = 'The work has caught the error of a statement: nothing could be committed';

/**
 * Rolls back if there is something to; says whether the connection is clean again. When the script that begins has failed,
 * there may be: its error arrives before the status that it leaves behind, so the one known here is of before the `begin`.
 */
async function rolledBack(client: PoolClient, begun: boolean): Promise<boolean> {
  if (begun && client.getTransactionStatus() === 'I') return true;
  const rollback = { text: 'rollback', query_timeout: rollbackTimeoutMs };
  try {
    await client.query(rollback);
    return client.getTransactionStatus() === 'I';
  } catch {
    return false; // The connection is discarded, and with it the transaction.
  }
}
