import type { Pool } from '@boxoffice/runtime/database/pool';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';

import type { Databases } from './databases.ts';

const pageSize = 5_000;

/** A table of another database, as far as the cross invariants read it. */
interface Copied {
  readonly from: 'queue' | 'inventory';
  readonly table: string;
  readonly columns: string;
  /** The rows that can matter. */
  readonly only: string;
  /** What the pages are ordered by: the primary key, whose types are all bigint. */
  readonly key: readonly string[];
}

const copied: readonly Copied[] = [
  {
    from: 'inventory',
    table: 'reservations',
    columns: `id bigint, partner text, member_id text, schedule_id bigint, amount bigint, status text, payment_id bigint`,
    only: 'payment_id is not null',
    key: ['id'],
  },
  {
    from: 'inventory',
    table: 'reservation_seats',
    columns: `reservation_id bigint, seat_id bigint, price bigint, refund_id bigint`,
    only: 'refund_id is not null',
    key: ['reservation_id', 'seat_id'],
  },
  {
    from: 'queue',
    table: 'tickets',
    columns: `schedule_id bigint, number bigint, ticket_id uuid, partner text, member_id text, status text, payment_id bigint`,
    only: `status <> 'WAITING'`, // To a payment, a ticket that waits is none.
    key: ['schedule_id', 'number'],
  },
];

/**
 * Runs a query over the tables of all three schemas. In one database it is one statement, at one moment. Otherwise it is run
 * in the Ledger's, beside copies of the other two's tables, taken page by page; the copies are later than the payments that
 * they are compared with are read, or earlier: what a query finds there has to be found again after a while to count.
 */
export async function queryAcross(databases: Databases, sql: string): Promise<Record<string, unknown>[]> {
  const client = await databases.ledger.connect();
  try {
    if (databases.together) await client.query('set search_path to ledger, inventory, queue');
    else for (const table of copied) await copyTable(databases[table.from], client, table);
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    client.release(true); // The session ends, and the copies with it.
  }
}

async function copyTable(source: Pool, target: PoolClient, { table, columns, only, key }: Copied): Promise<void> {
  await target.query(`create temporary table ${table} (${columns}, primary key (${key.join(', ')}))`);
  const names = columns.replaceAll(/ [a-z]+(?=,|$)/g, '');
  const order = key.join(', ');
  let last: readonly unknown[] = key.map(() => 0n);
  for (;;) {
    const { rows } = await source.query<{ page: string; rows: number; last: readonly string[] }>(
      `select json_agg(page)::text as page, count(*)::integer as rows,
         (array_agg(array[${key.map((name) => `${name}::text`).join(', ')}] order by ${order}))[count(*):count(*)] as last
       from (
         select ${names} from ${table}
         where ${only} and (${order}) > (${key.map((_, index) => `$${index + 1}::bigint`).join(', ')})
         order by ${order}
         limit ${pageSize}
       ) page`,
      [...last],
    );
    const [found] = rows;
    if (found === undefined || found.rows === 0) break;
    await target.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [found.page]);
    last = found.last.flat();
    if (found.rows < pageSize) break;
  }
  await target.query(`analyze ${table}`);
}
