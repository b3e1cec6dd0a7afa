import { statement } from '@boxoffice/runtime/database/statement';

import { balanceMax, type AccountRow } from '../account.ts';

/** The account after a charge, and the transfer that was made. */
export interface ChargedRow extends AccountRow {
  readonly transfer_id: bigint;
}

/**
 * Charges a member's account: balance, transfer and both entries in one round trip. No row when there is no such account, or
 * the balance would pass its limit.
 *
 * Locks the one account, found by the unique index of (partner, member_id); charges of one member wait for each other there,
 * each then adds to what the one before has left. The source's account is neither locked nor changed.
 */
export const chargeAccount = statement<[partner: string, memberId: string, amount: bigint, source: bigint], ChargedRow>(
  'charge-account',
  `with account as (
     update accounts set posted = posted + $3::bigint
     where partner = $1 and member_id = $2 and posted <= ${balanceMax} - incoming - $3::bigint
     returning id, member_id, posted, held, currency
   ), transfer as (
     insert into transfers (kind, state, amount, debit_account, credit_account, resolved_at)
     select 'CHARGE', 'POSTED', $3::bigint, $4::bigint, account.id, clock_timestamp() from account
     returning id
   ), sides as (
     insert into entries (transfer_id, account_id, amount, balance_after)
     select transfer.id, side.account_id, side.amount, side.balance_after
     from account, transfer, lateral (values
       ($4::bigint, -$3::bigint, null), (account.id, $3::bigint, account.posted)
     ) as side (account_id, amount, balance_after)
   )
   select account.id, account.member_id, account.posted, account.held, account.currency, transfer.id as transfer_id
   from account, transfer`,
);
