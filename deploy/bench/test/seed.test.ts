import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { invariants } from '@boxoffice/queue/invariants';
import { readSnapshot } from '@boxoffice/queue/change-log';
import { migrations, schema } from '@boxoffice/queue/migrations/index';
import { PositionBoard } from '@boxoffice/queue/position-board';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { seedLine } from '../bench-queue.ts';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await testDatabase({ schema, migrations });
  pool = openPool({ url: database.url, schema, applicationName: 'test' });
});

afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test('a seeded line keeps the invariants, and boards know it', async () => {
  await pool.query(
    `insert into queues (schedule_id, state, max_active, admit_count, admit_interval_ms, active_ttl_ms, presence_ttl_ms, opens_at)
     values (1, 'PAUSED', 1, 0, 0, 1000, 0, now())`,
  );
  await pool.query('insert into tails (schedule_id) values (1)');
  await seedLine(pool, 1n, { tickets: 30_000, leftShare: 0.05 });
  for (const { id, sql } of invariants) {
    expect({ id, violations: (await pool.query(sql)).rows }).toEqual({ id, violations: [] });
  }
  const { rows } = await pool.query<{ left: bigint; total: bigint }>(
    `select left_total as total, (select count(*) from tickets where status = 'LEFT') as left from queues`,
  );
  const board = new PositionBoard();
  for (const message of (await readSnapshot(pool, 1n)) ?? []) board.apply(message);
  expect(rows[0]?.total).toBe(rows[0]?.left);
  expect(Number(rows[0]?.left)).toBeGreaterThan(1_000);
  expect(board.waiting).toBe(30_000 - Number(rows[0]?.left));
});
