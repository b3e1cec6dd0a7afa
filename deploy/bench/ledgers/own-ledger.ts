import { create } from '@bufbuild/protobuf';
import { currency } from '@boxoffice/ledger/account';
import { Charges } from '@boxoffice/ledger/charges';
import { invariants } from '@boxoffice/ledger/invariants';
import { migrations, schema } from '@boxoffice/ledger/migrations/index';
import { openMemberAccount } from '@boxoffice/ledger/sql/open-account';
import { SystemAccounts } from '@boxoffice/ledger/system-accounts';
import { ChargeRequestSchema } from '@boxoffice/proto/ledger';
import { violations } from '@boxoffice/runtime/database/invariant';
import { migrate } from '@boxoffice/runtime/database/migrate';
import { withIndexPlans } from '@boxoffice/runtime/database/index-plans';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { createLogger } from '@boxoffice/runtime/log';

import { accountCount, sourceCount, type LedgerKind } from './ledger-under-test.ts';

const partner = 'bench';
/** The Ledger's own default. */
const connectionsMax = 10;
const memberIds = Array.from({ length: accountCount - sourceCount }, (_, nth) => `member-${nth}`);

/**
 * The Ledger's own way to move money: a charge of a member's account from a source, as one of a group. Its sources are the
 * top-up accounts of as many partners, its members are all of one. However many clients there are, it has no more connections
 * than a Ledger has.
 */
export const ownLedger: LedgerKind = {
  name: 'the Ledger',

  async setUp(url) {
    await migrate({ url, schema, migrations, log: createLogger('bench', 'warn') });
    await using pool = openOwnPool(url, 1);
    for (const memberId of memberIds) await openMemberAccount.one(pool, [partner, memberId, currency]);
  },

  async open(url, clients) {
    const pool = openOwnPool(url, Math.min(clients, connectionsMax));
    const charges = new Charges(pool);
    const sources = await openSources(pool);
    return {
      async transfer(from, to, amount) {
        const [source, memberId] = [sources[from], memberIds[to - sourceCount]];
        if (source === undefined || memberId === undefined) throw new Error(`there is no way from ${from} to ${to}`);
        await charges.charge(partner, create(ChargeRequestSchema, { memberId, amount }), source);
      },
      [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
    };
  },

  async audit(url) {
    await using pool = openOwnPool(url, 1);
    // A deadline of those who relay events, and nobody does here.
    const judged = invariants.filter(({ id }) => id !== 'ledger-outbox');
    const violated = (await violations(pool, judged)).map(({ invariant }) => invariant.id);
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
    url: withIndexPlans(url),
    schema,
    applicationName: 'bench ledger',
    max,
    statementTimeoutMs: 60_000,
    lockTimeoutMs: 60_000,
  });
}
