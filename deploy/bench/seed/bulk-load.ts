import { statfs } from 'node:fs/promises';

import { openPool, type Pool } from '@boxoffice/runtime/database/pool';

import { whole } from '../figure.ts';

/** A part of a load. */
export interface LoadStep {
  /** Such as `reservations`. */
  readonly what: string;
  /** How many there are: `$1` and `$2` are from which to which, this one excluded. Undefined: all at once. */
  readonly count?: number;
  readonly sql: string;
}

/** SQL of the moment of a load, the same for all its parts. */
export const origin = `current_setting('bench.origin')::timestamptz`;

/** Lets the ids of a table that got them by number go on after the last. */
export function continueIds(table: string): LoadStep {
  const sql = `select setval(pg_get_serial_sequence('${table}', 'id'), max(id)) from ${table}`;
  return { what: `ids of ${table}`, sql };
}

/** What to load into a schema that is migrated and empty. */
export interface BulkLoad {
  readonly url: string;
  readonly schema: string;
  readonly steps: readonly LoadStep[];
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

const chunkRows = 500_000;
/** For one statement: an index of ten million rows takes half a minute. */
export const bulkTimeoutMs = 900_000;

/**
 * Loads rows as fast as one session can: without triggers and foreign keys (so the rows have to be right by themselves),
 * and without the indexes that no constraint needs, which are made again afterwards. Then `vacuum analyze`, as the server
 * itself would some time later. The user has to be a superuser.
 */
export async function bulkLoad(load: BulkLoad): Promise<void> {
  const { url, schema, steps, signal, say } = load;
  await using pool = openPool({
    url,
    schema,
    applicationName: 'bench load',
    max: 1,
    statementTimeoutMs: bulkTimeoutMs,
    idleInTransactionTimeoutMs: bulkTimeoutMs,
  });
  // They are the session's, and end with it: the pool has this one alone.
  await pool.query(`
    set session_replication_role = replica; set synchronous_commit = off;
    set maintenance_work_mem = '1GB'; set work_mem = '256MB';
    select setseed(0.5), set_config('bench.origin', now()::text, false)`);
  const indexes = await dropIndexes(pool);
  for (const step of steps) await loadInChunks(pool, step, { signal, say });
  for (const { name, definition } of indexes) {
    signal.throwIfAborted();
    say(`  index ${name} ...`);
    await pool.query(definition);
  }
  say('  vacuum analyze ...');
  await pool.query('vacuum analyze');
  await pool.query('checkpoint');
}

async function loadInChunks(
  pool: Pool,
  { what, count, sql }: LoadStep,
  { signal, say }: Pick<BulkLoad, 'signal' | 'say'>,
): Promise<void> {
  if (count === undefined) {
    await pool.query(sql);
    return say(`  ${what}`);
  }
  for (let from = 0; from < count; from += chunkRows) {
    signal.throwIfAborted();
    const to = Math.min(count, from + chunkRows);
    await pool.query(sql, [from, to]);
    say(`  ${what}: ${whole(to)} of ${whole(count)}`);
  }
}

/** Indexes without a constraint that they are for. */
async function dropIndexes(pool: Pool): Promise<{ name: string; definition: string }[]> {
  const { rows } = await pool.query<{ name: string; definition: string }>(
    `select quote_ident(index.relname) as name, pg_get_indexdef(index.oid) as definition
     from pg_index join pg_class index on index.oid = pg_index.indexrelid
     where index.relnamespace = current_schema::regnamespace
       and not exists (select from pg_constraint where conindid = index.oid)
     order by index.oid`,
  );
  for (const { name } of rows) await pool.query(`drop index ${name}`);
  return rows;
}

/** What ten million rows take on the disk, with their indexes, the log of the load, and room to sort. */
const bytesARow = 1_200;
const bytesElse = 4 * 1_024 ** 3;

/** @throws Error when a folder's disk has too little room for so many rows. */
export async function checkRoom(folder: string, rows: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const [needed, free] = [rows * bytesARow + bytesElse, bavail * bsize];
  const inGb = (bytes: number): string => `${(bytes / 1_024 ** 3).toFixed(1)} GB`;
  if (free < needed) {
    throw new Error(
      `${whole(rows)} rows need ${inGb(needed)} of disk, and where ${folder} is there are ${inGb(free)}: ` +
        'set TMPDIR to a folder on another disk, or --rows to fewer.',
    );
  }
}
