import { statement } from '@boxoffice/runtime/database/statement';

import { balanceMax } from '../account.ts';
import { refundEvent } from '../payment-event.ts';
import { paymentColumns, type PaymentRow } from '../payment-row.ts';
import { refundColumns, type RefundRow } from '../refund-row.ts';

/**
 * Locks the account of a payment's member, before the payment. No row when the caller may not know the payment: `$3` is the
 * member it has to belong to, empty for any of the partner's. By primary keys (`is true` keeps the planner from the index that
 * begins with the partner while the table is small).
 */
export const lockMemberOfPayment = statement<[payment: bigint, partner: string, memberId: string], { id: bigint }>(
  'lock-member-of-payment',
  `select accounts.id from payments join accounts on accounts.id = payments.account_id
   where payments.id = $1 and (payments.partner = $2) is true and ($3 = '' or payments.member_id = $3)
   for no key update of accounts`,
);

/**
 * Begins a refund: the payment becomes REFUNDING by it, and the account keeps room for the money. No row when the payment is
 * not PAID, or there is no room below the limit of the balance.
 *
 * Under the lock of the account. Lock order: account, payment, refund. By primary keys. Bound: ten seats.
 */
export const beginRefund = statement<
  [payment: bigint, amount: bigint, seatIds: readonly bigint[], closing: boolean, leaseSeconds: number],
  RefundRow
>(
  'begin-refund',
  `with refund as (
     insert into refunds (payment_id, amount, seat_ids, closing)
     select payments.id, $2, $3, $4 from payments join accounts on accounts.id = payments.account_id
     where payments.id = $1 and payments.status = 'PAID' and accounts.posted <= ${balanceMax} - accounts.incoming - $2::bigint
     returning *
   ), payment as (
     update payments set status = 'REFUNDING', reason = '', refund_id = refund.id, attempt = 0,
       lease_until = clock_timestamp() + make_interval(secs => $5), updated_at = clock_timestamp()
     from refund
     where payments.id = refund.payment_id
     returning payments.*
   ), account as (
     update accounts set incoming = incoming + refund.amount from payment, refund where accounts.id = payment.account_id
   )
   select ${refundColumns} from payment as payments, refund as refunds`,
);

/**
 * Ends a refund when the seats are open again: the money goes back. One round trip, a transaction by itself. No row when this
 * refund is not under way any more, somebody else has ended it; or when it was taken over since: `$4` is the attempt of who
 * ends it.
 *
 * Lock order: account, payment, refund. Two that end the same refund wait at the account; the second finds it ended. By
 * primary keys and `transfers_debit`. `$3` is the refund, so that who comes late meets no other.
 */
export const postRefund = statement<[payment: bigint, account: bigint, refund: bigint, attempt: number], PaymentRow>(
  'post-refund',
  `with member as materialized (
     select id from accounts where id = $2 for no key update
   ), payment as (
     update payments set status = case when refunds.closing then 'REFUNDED' else 'PAID' end,
       refunded_amount = payments.refunded_amount + refunds.amount, lease_until = null, updated_at = clock_timestamp()
     from member, refunds
     where payments.id = $1 and payments.account_id = member.id and payments.status = 'REFUNDING'
       and payments.refund_id = $3 and payments.attempt = $4 and refunds.id = $3
     returning payments.*
   ), refund as (
     update refunds set status = 'REFUNDED', updated_at = clock_timestamp() from payment
     where refunds.id = payment.refund_id
     returning refunds.*
   ), account as (
     update accounts set posted = posted + refund.amount, incoming = incoming - refund.amount from payment, refund
     where accounts.id = payment.account_id
     returning accounts.id, accounts.posted
   ), transfer as (
     insert into transfers (kind, state, amount, debit_account, credit_account, payment_id, refund_id, resolved_at)
     select 'REFUND', 'POSTED', refund.amount, paid.credit_account, paid.debit_account, payment.id, refund.id,
       clock_timestamp()
     from refund, payment join transfers paid on paid.payment_id = payment.id and paid.kind = 'PAYMENT'
     returning *
   ), sides as (
     insert into entries (transfer_id, account_id, amount, balance_after)
     select transfer.id, side.account_id, side.amount, side.balance_after
     from account, transfer, lateral (values
       (transfer.debit_account, -transfer.amount, null), (account.id, transfer.amount, account.posted)
     ) as side (account_id, amount, balance_after)
   ), event as (${refundEvent('payment, refund', 'payment.refunded')}
   )
   select ${paymentColumns} from payment as payments`,
);

/**
 * Ends a refund that Inventory has rejected: the payment stays PAID, with the reason. No row when this refund is not under
 * way any more, or was taken over since attempt `$5`. Lock order and indexes as for {@link postRefund}.
 */
export const rejectRefund = statement<
  [payment: bigint, account: bigint, refund: bigint, reason: string, attempt: number],
  PaymentRow
>(
  'reject-refund',
  `with member as materialized (
     select id from accounts where id = $2 for no key update
   ), payment as (
     update payments set status = 'PAID', reason = $4, lease_until = null, updated_at = clock_timestamp() from member
     where payments.id = $1 and payments.account_id = member.id and payments.status = 'REFUNDING'
       and payments.refund_id = $3 and payments.attempt = $5
     returning payments.*
   ), refund as (
     update refunds set status = 'REJECTED', reason = payment.reason, updated_at = clock_timestamp() from payment
     where refunds.id = payment.refund_id
     returning refunds.*
   ), account as (
     update accounts set incoming = incoming - refund.amount from payment, refund where accounts.id = payment.account_id
   ), event as (${refundEvent('payment, refund', 'refund.rejected')}
   )
   select ${paymentColumns} from payment as payments`,
);
