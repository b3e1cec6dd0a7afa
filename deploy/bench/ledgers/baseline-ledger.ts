import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { statement } from '@boxoffice/runtime/database/statement';

import { accountCount, type LedgerKind } from './ledger-under-test.ts';

const transfer = statement<[from: number, to: number, amount: bigint], { id: bigint }>(
  'baseline-transfer',
  'select transfer($1, $2, $3) as id',
);

/** The yardstick: see `baseline.sql`. */
export const baselineLedger: LedgerKind = {
  name: 'baseline',

  async setUp(url) {
    await using pool = openBaselinePool(url, 1);
    await pool.query(await readFile(join(import.meta.dirname, 'baseline.sql'), 'utf8'));
    await pool.query('insert into accounts (id) select n from generate_series(0, $1::integer - 1) n', [accountCount]);
  },

  async open(url, clients) {
    const pool = openBaselinePool(url, clients);
    return {
      transfer: async (from, to, amount) => void (await transfer.one(pool, [from, to, amount])),
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    };
  },

  async audit(url) {
    await using pool = openBaselinePool(url, 1);
    const { rows: wrong } = await pool.query(
      `select accounts.id, balance, sum(amount) as entries from accounts left join entries on account_id = accounts.id
       group by accounts.id having balance <> coalesce(sum(amount), 0)`,
    );
    if (wrong.length > 0) throw new Error(`${wrong.length} balances of the baseline are not the sum of their entries`);
    const { rows } = await pool.query<{ count: bigint }>('select count(*) from transfers');
    return Number(rows[0]?.count);
  },
};

function openBaselinePool(url: string, max: number): Pool {
  return openPool({
    url,
    schema: 'baseline',
    applicationName: 'bench baseline',
    max,
    statementTimeoutMs: 60_000,
    lockTimeoutMs: 60_000,
  });
}
