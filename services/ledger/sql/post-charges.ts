import { statement } from '@boxoffice/runtime/database/statement';

import { currency } from '../account.ts';

type Ids = readonly bigint[];
type Amounts = readonly bigint[];
type Texts = readonly string[];

/**
 * Posts charges that were decided on: balances, transfers and both entries of each. Parameters: their sources, members'
 * accounts, amounts, and the balances after each, in the order in which they follow each other; then the accounts that
 * change, each once, and what is on them at the end; and of each charge the partner and the member. Gives the transfers, in the order of the charges.
 *
 * Locks: all held since `lock-accounts`. The accounts of the sources are neither locked nor changed. By primary keys. Bound:
 * the charges given.
 */
export const postCharges = statement<
  [
    sources: Ids,
    accounts: Ids,
    amounts: Amounts,
    balances: Amounts,
    changed: Ids,
    posted: Amounts,
    partners: Texts,
    memberIds: Texts,
  ],
  { transfer_id: bigint }
>(
  'post-charges',
  `with charge as materialized (
     select nextval('transfers_id_seq') as transfer_id, asked.*
     from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $7::text[], $8::text[])
       with ordinality as asked (source, account, amount, balance_after, partner, member_id, ordinal)
   ), account as (
     update accounts set posted = changed.posted
     from unnest($5::bigint[], $6::bigint[]) as changed (id, posted)
     where accounts.id = changed.id and accounts.id = any ($5)
   ), transfer as (
     insert into transfers (id, kind, state, amount, debit_account, credit_account, resolved_at)
     overriding system value
     select transfer_id, 'CHARGE', 'POSTED', amount, source, account, clock_timestamp() from charge
   ), sides as (
     insert into entries (transfer_id, account_id, amount, balance_after)
     select charge.transfer_id, side.account_id, side.amount, side.balance_after
     from charge, lateral (values
       (charge.source, -charge.amount, null), (charge.account, charge.amount, charge.balance_after)
     ) as side (account_id, amount, balance_after)
     order by charge.ordinal
   ), event as (
     insert into outbox (type, subject, partner, data)
     select 'boxoffice.ledger.account.charged.v1', 'accounts/' || account, partner,
       jsonb_build_object('accountId', account, 'memberId', member_id, 'transferId', transfer_id, 'amount', amount,
         'balance', balance_after, 'currencyCode', '${currency}')
     from charge order by ordinal
   )
   select transfer_id from charge order by ordinal`,
);
