import { currency } from '@boxoffice/ledger/account';
import { invariants } from '@boxoffice/ledger/invariants';
import { migrations, schema } from '@boxoffice/ledger/migrations/index';
import { chargeAccount } from '@boxoffice/ledger/sql/charge-account';
import { openMemberAccount } from '@boxoffice/ledger/sql/open-account';
import { SystemAccounts } from '@boxoffice/ledger/system-accounts';
import { violations } from '@boxoffice/runtime/database/invariant';
import { migrate } from '@boxoffice/runtime/database/migrate';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { createLogger } from '@boxoffice/runtime/log';

import { accountCount, sourceCount, type LedgerKind } from './ledger-under-test.ts';

const partner = 'bench';
const memberIds = Array.from({ length: accountCount - sourceCount }, (_, nth) => `member-${nth}`);

/**
 * The Ledger's own way to move money: a charge of a member's account from a source. Its sources are the top-up accounts of as
 * many partners, its members are all of one.
 */
export const ownLedger: LedgerKind = {
  name: 'the Ledger',

  async setUp(url) {
    await migrate({ url, schema, migrations, log: createLogger('bench', 'warn') });
    await using pool = openOwnPool(url, 1);
    for (const memberId of memberIds) await openMemberAccount.one(pool, [partner, memberId, currency]);
  },

  async open(url, clients) {
    const pool = openOwnPool(url, clients);
    const sources = await openSources(pool);
    return {
      async transfer(from, to, amount) {
        const [source, memberId] = [sources[from], memberIds[to - sourceCount]];
        if (source === undefined || memberId === undefined) throw new Error(`there is no way from ${from} to ${to}`);
        await chargeAccount.one(pool, [partner, memberId, amount, source]);
      },
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    };
  },

  async audit(url) {
    await using pool = openOwnPool(url, 1);
    const violated = (await violations(pool, invariants)).map(({ invariant }) => invariant.id);
    if (violated.length > 0) throw new Error(`the Ledger violates ${violated.join(', ')}`);
    const { rows } = await pool.query<{ count: bigint }>('select count(*) from transfers');
    return Number(rows[0]?.count);
  },
};

async function openSources(pool: Pool): Promise<bigint[]> {
  const accounts = new SystemAccounts(pool);
  const ids: bigint[] = [];
  for (let nth = 0; nth < sourceCount; nth++) ids.push(await accounts.topUp(`source-${nth}`));
  return ids;
}

function openOwnPool(url: string, max: number): Pool {
  return openPool({
    url,
    schema,
    applicationName: 'bench ledger',
    max,
    statementTimeoutMs: 60_000,
    lockTimeoutMs: 60_000,
  });
}
