import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Adds changes that have not been rolled up to the balances of the system's own accounts. Gives how many changes there were:
 * as many as the limit, and there may be more. Any number of processes at once: rows that another has are left to it.
 *
 * Lock order: changes, skipping locked ones, then balances in ascending order of accounts. Changes by their place in the
 * table, balances by the primary key. Bound: `$1` changes.
 */
export const rollUpBalances = statement<[limit: number], { rolled_up: bigint }>(
  'roll-up-balances',
  `with taken as (
     delete from balance_changes
     where ctid = any (array(select ctid from balance_changes limit $1 for update skip locked))
     returning account_id, amount
   ), balance as (
     insert into balances (account_id, balance)
     select account_id, sum(amount) from taken group by account_id order by account_id
     on conflict (account_id) do update
     set balance = balances.balance + excluded.balance, rolled_up_at = clock_timestamp()
   )
   select count(*) as rolled_up from taken`,
);

/** SQL of the balance of a system account at the moment of the statement, in one snapshot. */
export function systemBalance(account: string): string {
  return `(coalesce((select balance from balances where account_id = ${account}), 0)
     + coalesce((select sum(amount) from balance_changes where account_id = ${account}), 0))::bigint`;
}

/**
 * The balance of one of the system's own accounts at this moment: what has been rolled up and what has not, in one snapshot.
 * No lock. By the primary key and `balance_changes_of_account`.
 */
export const readSystemBalance = statement<[account: bigint], { balance: bigint }>(
  'read-system-balance',
  `select ${systemBalance('$1')} as balance`,
);
