import { readdirSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import type { Statement } from '@boxoffice/runtime/database/statement';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { migrations, schema } from '../migrations/index.ts';

/**
 * A prepared statement keeps the plan that was made when the process started, as a rule on empty tables. So it has to be a
 * good one there already.
 */
let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase({ schema, migrations });
  pool = openPool({ url: database.url, schema, applicationName: 'plans test', max: 2 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** These run with `avoid-sequential-scans`, or on a table of one row a process. */
const exempt = ['prune-changes', 'prune-presence', 'prune-reporters', 'read-presence-known'];

async function statements(): Promise<Statement<[], object>[]> {
  const folder = new URL('../sql/', import.meta.url);
  const modules = await Promise.all(
    readdirSync(folder).map((file) => import(new URL(file, folder).href) as Promise<Record<string, unknown>>),
  );
  return modules
    .flatMap((module) => Object.values(module))
    .filter((one): one is Statement<[], object> => isStatement(one));
}

function isStatement(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'text' in value && 'rows' in value;
}

async function planOf(text: string): Promise<string> {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (generic_plan, costs off) ${text}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

describe('plans that were made on empty tables', () => {
  test('read no whole table', async () => {
    const plans = await Promise.all(
      (await statements()).map(async ({ name, text }) => ({ name, plan: await planOf(text) })),
    );
    expect(plans.length).toBeGreaterThan(25);
    const scans = plans.filter(({ plan }) => plan.includes('Seq Scan')).map(({ name }) => name);
    expect(scans.sort()).toEqual(exempt.toSorted());
  });

  test('find one ticket by its primary key, never by a walk along its queue', async () => {
    const byKey = [
      'find-ticket',
      'leave-ticket',
      'complete-ticket',
      'extend-ticket',
      'expire-tickets',
      'describe-tickets',
    ];
    for (const { name, text } of (await statements()).filter((one) => byKey.includes(one.name))) {
      expect([name, await planOf(text)]).toEqual([
        name,
        expect.stringMatching(/using tickets_pkey on tickets[^\n]*\n +Index Cond: .*number = /),
      ]);
      expect([name, await planOf(text)]).not.toEqual([name, expect.stringMatching(/using tickets_live/)]);
    }
  });

  test('find tickets that are named by their numbers by these, never by a walk along their queue', async () => {
    const byNumber = ['leave-absent', 'leave-closed', 'place-leavers', 'admit-drawn'];
    for (const { name, text } of (await statements()).filter((one) => byNumber.includes(one.name))) {
      expect([name, await planOf(text)]).toEqual([
        name,
        expect.stringMatching(/using tickets_(pkey|waiting) on tickets[^\n]*\n +Index Cond: .*number = ANY/),
      ]);
    }
  });

  test('read who has left in order, without a sort', async () => {
    const read = (await statements()).filter(({ name }) => ['read-left-line', 'read-left-lobby'].includes(name));
    for (const { text } of read) {
      expect(await planOf(text)).toMatch(
        /Index Only Scan using tickets_left_line[^\n]*\n +Index Cond: .*(place|number) > /,
      );
      expect(await planOf(text)).not.toContain('Sort');
    }
  });

  test('find queues in some states by these, in order', async () => {
    const [find] = (await statements()).filter(({ name }) => name === 'describe-queues-in-states');
    expect(await planOf(find?.text ?? '')).toMatch(
      /Index Only Scan using queues_state on queues[^\n]*\n +Index Cond: \(\(state = wanted.state\) AND \(schedule_id >= \$1\)\)/,
    );
  });

  test('measure the newest queues in each state, and of each no more than a probe', async () => {
    const [measure] = (await statements()).filter(({ name }) => name === 'measure-queues');
    const plan = await planOf(measure?.text ?? '');
    expect(plan).toMatch(/Index Only Scan Backward using queues_state on queues/);
    expect(plan).toContain('Index Only Scan using tickets_admitted');
    expect(plan).toMatch(/Limit\n *-> {2}Index Scan using tickets_waiting/);
  });

  test('count by the index that is made for it', async () => {
    const [admit] = (await statements()).filter(({ name }) => name === 'admit-tickets');
    const plan = await planOf(admit?.text ?? '');
    for (const index of ['tickets_admitted', 'tickets_admissions', 'tickets_waiting']) {
      expect(plan).toContain(`Index Only Scan using ${index}`);
    }
  });

  test('let a group join by one look-up a member, however long the line is by then', async () => {
    await pool.query(
      `insert into queues (schedule_id, state, max_active, admit_count, admit_interval_ms, active_ttl_ms, presence_ttl_ms, opens_at)
       values (1, 'OPEN', 0, 0, 0, 1000, 0, now())`,
    );
    await pool.query('insert into tails (schedule_id) values (1)');
    const client = await pool.connect();
    try {
      const group = (n: number) => [
        Array<string>(200).fill('house'),
        Array.from({ length: 200 }, (_, i) => `m${n}-${i}`),
      ];
      for (let n = 0; n < 30; n++) await client.query('select from join_queue(1, $1, $2, null)', group(n));
      await client.query('select pg_stat_force_next_flush()');
      const { rows } = await client.query<{ read: bigint }>(
        `select idx_tup_read as read from pg_stat_user_indexes where indexrelname = 'tickets_live'`,
      );
      expect(rows[0]?.read).toBeLessThan(200 * 30);
    } finally {
      client.release();
    }
  });
});
