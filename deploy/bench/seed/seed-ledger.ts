import { schema } from '@boxoffice/ledger/migrations/index';

import { bulkLoad, continueIds, origin, type BulkLoad, type LoadStep } from './bulk-load.ts';

const entriesATransfer = 2;
const transfersAMember = 25;
const heavyMembers = 10;
const revenuesMax = 1_000;
const charge = 100_000;
const price = 50_000;

/** How many there are of everything, made from how many entries there are to be. */
export interface LedgerShape {
  readonly entries: number;
  readonly transfers: number;
  readonly members: number;
  /** Accounts of schedules. */
  readonly revenues: number;
}

/** The shape of a Ledger with so many entries, or one more. */
export function ledgerShape(rows: number): LedgerShape {
  const transfers = Math.ceil(rows / entriesATransfer);
  const members = heavyMembers + Math.ceil(transfers / transfersAMember);
  return { entries: transfers * entriesATransfer, transfers, members, revenues: Math.min(revenuesMax, members) };
}

/**
 * Fills an empty Ledger by SQL, as if members had charged their accounts and paid in turns. Ten members have a fiftieth of
 * all transfers each; the others share the rest unevenly. All charges come from one account.
 */
export async function seedLedger(shape: LedgerShape, load: Pick<BulkLoad, 'url' | 'signal' | 'say'>): Promise<void> {
  await bulkLoad({ ...load, schema, steps: stepsOf(shape) });
}

const topUpAccount = 1;

function stepsOf({ transfers, members, revenues }: LedgerShape): LoadStep[] {
  const revenueAccount = `${topUpAccount + 1} + n % ${revenues}`;
  const memberAccount = `${topUpAccount + revenues + 1} + member`;
  const memberName = `case when member < ${heavyMembers} then 'heavy-' else 'member-' end || member`;
  const moves = `(
    select n, member, nth % 2 = 1 as is_charge, case nth % 2 when 1 then ${charge} else ${price} end as amount,
      ${balanceAfter('nth')} as balance_after,
      ${origin} - interval '360 d' + interval '350 d' * (n::float8 / ${transfers}) as at
    from moves where n >= $1::bigint and n < $2::bigint
  ) moves`;
  return [
    // Which transfer of which member each is, so that balances can be told from it.
    {
      what: 'a table of moves',
      sql: 'create unlogged table moves (n bigint primary key, member bigint not null, nth bigint not null)',
    },
    {
      what: 'moves',
      sql: `insert into moves select n, member, row_number() over (partition by member order by n)
        from (
          select n, case n % 5 when 3 then n / 5 % ${heavyMembers}
            else ${heavyMembers} + floor((${members} - ${heavyMembers}) * power(random(), 2)) end::bigint as member
          from generate_series(0, ${transfers - 1}::bigint) n
        ) drawn`,
    },
    {
      what: 'accounts of the system',
      sql: `insert into accounts (id, kind, partner, schedule_id, currency) overriding system value
        select ${topUpAccount}, 'TOP_UP', 'house', null, 'KRW'
        union all select ${topUpAccount} + n, 'REVENUE', null, n, 'KRW' from generate_series(1, ${revenues}) n`,
    },
    {
      what: 'accounts of members',
      count: members,
      sql: `insert into accounts (id, kind, partner, member_id, currency, posted, held, incoming) overriding system value
        select ${memberAccount}, 'MEMBER', 'house', ${memberName}, 'KRW', ${balanceAfter('coalesce(last, 0)')}, 0, 0
        from generate_series($1::bigint, $2::bigint - 1) member
        left join (select member, max(nth) as last from moves group by member) lasts using (member)`,
    },
    {
      what: 'payments',
      count: transfers,
      sql: `insert into payments (id, partner, member_id, account_id, reservation_id, schedule_id, ticket_number, ticket_id,
          amount, currency, status, created_at, updated_at) overriding system value
        select n + 1, 'house', ${memberName}, ${memberAccount}, n + 1, 1 + n % ${revenues}, n + 1, gen_random_uuid(),
          amount, 'KRW', 'PAID', at, at
        from ${moves} where not is_charge`,
    },
    {
      what: 'transfers',
      count: transfers,
      sql: `insert into transfers (id, kind, state, amount, debit_account, credit_account, payment_id, created_at, resolved_at)
        overriding system value
        select n + 1, case when is_charge then 'CHARGE' else 'PAYMENT' end, 'POSTED', amount,
          case when is_charge then ${topUpAccount} else ${memberAccount} end,
          case when is_charge then ${memberAccount} else ${revenueAccount} end,
          case when is_charge then null else n + 1 end, at, at
        from ${moves}`,
    },
    {
      what: 'pairs of entries',
      count: transfers,
      sql: `insert into entries (id, transfer_id, account_id, amount, balance_after, created_at) overriding system value
        select 2 * n + side.nth, n + 1, side.account, side.amount, side.balance_after, at
        from ${moves}, lateral (values
          (1, ${memberAccount}, case when is_charge then amount else -amount end, balance_after),
          (2, case when is_charge then ${topUpAccount} else ${revenueAccount} end,
            case when is_charge then -amount else amount end, null)
        ) side (nth, account, amount, balance_after)`,
    },
    {
      what: 'balances of the system',
      sql: `insert into balances (account_id, balance)
        select account_id, sum(amount) from entries where balance_after is null group by account_id`,
    },
    { what: 'no table of moves', sql: 'drop table moves' },
    ...['accounts', 'payments', 'transfers', 'entries'].map((table) => continueIds(table)),
  ];
}

/** SQL of a member's balance after so many transfers: charges and payments in turns. */
function balanceAfter(nth: string): string {
  return `((${nth} + 1) / 2 * ${charge} - ${nth} / 2 * ${price})`;
}
