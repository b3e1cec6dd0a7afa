import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { withIndexPlans } from '@boxoffice/runtime/database/index-plans';
import { migrations, schema } from '../migrations/index.ts';
import { findMemberAccount } from '../sql/find-account.ts';
import { listEntries } from '../sql/list-entries.ts';
import { measureMessages, measurePayments } from '../sql/measure-backlog.ts';
import { readSales } from '../sql/read-sales.ts';

const transfers = 20_000;

/** With rows of which few members have most, and half belong to one account of the system. */
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

const fill = `
  set local session_replication_role = replica;
  insert into accounts (kind, partner, currency) values ('TOP_UP', 'house', 'KRW');
  insert into accounts (kind, partner, member_id, currency, posted, held, incoming)
    select 'MEMBER', 'house', 'member-' || n, 'KRW', 0, 0, 0 from generate_series(1, 1000) n;
  insert into transfers (kind, state, amount, debit_account, credit_account, resolved_at)
    select 'CHARGE', 'POSTED', 1, 1, 2 + floor(1000 * power(random(), 3)), now() from generate_series(1, ${transfers});
  insert into entries (transfer_id, account_id, amount, balance_after)
    select id, side.account, side.amount, nullif(0, side.amount + 1) from transfers, lateral (values (debit_account, -1), (credit_account, 1)) side (account, amount);
  insert into payments (partner, member_id, account_id, reservation_id, schedule_id, ticket_number, ticket_id, amount,
      currency, status)
    select 'house', 'member-1', 2, n, 1, n, gen_random_uuid(), 1, 'KRW', 'PAID' from generate_series(1, ${transfers}) n;`;

async function planOf(text: string): Promise<string> {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (costs off${text}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const planOfAnyPage = (): Promise<string> => planOf(`, generic_plan) ${listEntries.text}`);

/** As the first executions on a connection are planned. */
function planOfPage(account: number): Promise<string> {
  const values = [account, 30_000, 21];
  return planOf(`) ${listEntries.text.replaceAll(/\$(\d)/g, (_, n: string) => String(values[Number(n) - 1]))}`);
}

describe.each([['empty'], ['full']])('on %s tables', (state) => {
  beforeAll(async () => {
    if (state === 'empty') return;
    await pool.query(`begin; ${fill}; commit`);
    await pool.query('vacuum analyze');
  });

  test('a page of a statement is a part of its index, and not sorted', async () => {
    const [topUp, manyEntries] = [1, 2];
    // Tables that look empty are planned for anew each time, until a connection has a plan for any parameters.
    const accounts = state === 'empty' ? [] : [topUp, manyEntries];
    for (const plan of await Promise.all([planOfAnyPage(), ...accounts.map(planOfPage)])) {
      expect(plan).toMatch(/Limit\n *-> {2}Index Scan Backward using entries_of_account on entries\n/);
      expect(plan).not.toContain('Seq Scan');
    }
  });

  test('connections soon plan it once, for any parameters', async () => {
    const client = await pool.connect();
    try {
      for (let account = 1n; account <= 10n; account += 1n) await listEntries.rows(client, [account, 30_000n, 21]);
      const { rows } = await client.query<{ generic_plans: bigint }>(
        'select generic_plans from pg_prepared_statements where name = $1',
        [listEntries.name],
      );
      expect(rows[0]?.generic_plans).toBeGreaterThan(0n);
    } finally {
      client.release();
    }
  });

  test('what belongs to an entry is looked up by its key', async () => {
    const plan = await planOfAnyPage();
    expect(plan).toContain('Index Scan using transfers_pkey on transfers');
    expect(plan).toContain('Index Scan using payments_pkey on payments');
  });

  test('an account is found by who has it', async () => {
    const plan = await planOf(`, generic_plan) ${findMemberAccount.text}`);
    expect(plan).toContain('Index Scan using accounts_partner_member_id_key on accounts');
  });

  async function indexPlanOf({ text }: { readonly text: string }): Promise<string> {
    const like = openPool({ url: withIndexPlans(database.url), schema, applicationName: 'plans test', max: 1 });
    const { rows } = await like.query<{ 'QUERY PLAN': string }>(`explain (generic_plan, costs off) ${text}`);
    await like[Symbol.asyncDispose]();
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  test('what is still to be done is measured by the indexes of that, in their order', async () => {
    for (const { asked, index } of [
      { asked: measurePayments, index: 'payments_under_way' },
      { asked: measureMessages, index: 'ticket_messages_due' },
    ]) {
      const plan = await indexPlanOf(asked);
      expect(plan).toContain(`Index Scan using ${index} on`);
      expect(plan).not.toMatch(/Sort|Seq Scan/);
    }
  });

  test('payments of a date are counted by their index', async () => {
    const plan = await indexPlanOf(readSales);
    expect(plan).toMatch(/(using|on) payments_of_schedule\b/);
    expect(plan).toContain('using accounts_revenue on accounts');
    expect(plan).not.toContain('Seq Scan');
  });
});
