import { afterEach, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';

import { invariants as inventoryInvariants } from '@boxoffice/inventory/invariants';
import { migrations as inventoryMigrations } from '@boxoffice/inventory/migrations/index';
import { sweepExpiredHolds } from '@boxoffice/inventory/sql/sweep-expired-holds';
import { invariants as ledgerInvariants } from '@boxoffice/ledger/invariants';
import { migrations as ledgerMigrations } from '@boxoffice/ledger/migrations/index';
import { violations } from '@boxoffice/runtime/database/invariant';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { inventoryShape, seedInventory } from '../seed/seed-inventory.ts';
import { ledgerShape, seedLedger } from '../seed/seed-ledger.ts';

const rows = 4_000;
const quietly = { signal: new AbortController().signal, say: () => undefined };

let database: TestDatabase;
beforeEach(async () => {
  database = await testDatabase(
    { schema: 'inventory', migrations: inventoryMigrations },
    { schema: 'ledger', migrations: ledgerMigrations },
  );
});
afterEach(() => database[Symbol.asyncDispose]());

async function countsOf(pool: Pool, sql: string): Promise<Record<string, number>> {
  const { rows: counts } = await pool.query<{ name: string; count: bigint }>(sql);
  return Object.fromEntries(counts.map(({ name, count }) => [name, Number(count)]));
}

const indexesOf = async (pool: Pool): Promise<string[]> => {
  const { rows: found } = await pool.query<{ indexdef: string }>(
    'select indexdef from pg_indexes where schemaname = current_schema order by 1',
  );
  return found.map(({ indexdef }) => indexdef);
};

test('seeded reservations keep the invariants once what has run out is swept, as the indexes were', async () => {
  await using pool = openPool({ url: database.url, schema: 'inventory', applicationName: 'test' });
  const indexes = await indexesOf(pool);
  const shape = inventoryShape(rows);
  await seedInventory(shape, { url: database.url, ...quietly });
  expect(await indexesOf(pool)).toEqual(indexes);
  const statuses = await countsOf(pool, 'select status as name, count(*) from reservations group by 1');
  expect(statuses).toMatchObject({ CONFIRMED: 784, PENDING: shape.pending });
  expect(Object.values(statuses).reduce((sum, count) => sum + count, 0)).toBe(rows);
  expect(await sweepExpiredHolds.rows(pool, [1_000])).toHaveLength(shape.overdue);
  expect(await violations(pool, inventoryInvariants)).toEqual([]);
});

test('seeded entries keep the invariants, and some members have many', async () => {
  await using pool = openPool({ url: database.url, schema: 'ledger', applicationName: 'test' });
  const indexes = await indexesOf(pool);
  await seedLedger(ledgerShape(rows), { url: database.url, ...quietly });
  expect(await indexesOf(pool)).toEqual(indexes);
  expect(await violations(pool, ledgerInvariants)).toEqual([]);
  const kinds = await countsOf(pool, 'select kind as name, count(*) from transfers group by 1');
  expect((kinds['CHARGE'] ?? 0) + (kinds['PAYMENT'] ?? 0)).toBe(rows / 2);
  const heavy = await countsOf(
    pool,
    `select member_id as name, count(*) from entries join accounts on accounts.id = account_id
     where member_id like 'heavy-%' group by 1`,
  );
  expect(Object.values(heavy)).toEqual(Array(10).fill(rows / 100));
});

test('what is written after the load gets the next ids', async () => {
  await using pool = openPool({ url: database.url, schema: 'ledger', applicationName: 'test' });
  const { members, revenues } = ledgerShape(rows);
  await seedLedger(ledgerShape(rows), { url: database.url, ...quietly });
  const { rows: opened } = await pool.query<{ id: bigint }>(
    `insert into accounts (kind, partner, currency) values ('TOP_UP', 'acme', 'KRW') returning id`,
  );
  expect(opened).toEqual([{ id: BigInt(members + revenues + 2) }]);
});
