import { statement } from '@boxoffice/runtime/database/statement';

import { paymentEvent } from '../payment-event.ts';
import { paymentColumns, type PaymentRow } from '../payment-row.ts';
import type { TicketMessage } from '../ticket-message.ts';

/**
 * T2 when the seats are sold: posts the pending transfer with its entries, leaves a message for the Queue, and tells of it. One
 * round trip, a transaction by itself. No row when the payment is not RESERVED any more: somebody else has settled it; or
 * when it was taken over since: `$4` is the attempt of who settles it.
 *
 * Lock order: account, payment, transfer. Two that settle the same payment wait at the account; the second finds the payment
 * settled. By primary keys and `transfers_debit`. `$3`: seconds until the relay takes the message, who
 * settles tries first.
 */
export const postPayment = statement<
  [payment: bigint, account: bigint, relayAfterSeconds: number, attempt: number],
  PaymentRow & TicketMessage
>(
  'post-payment',
  `with member as materialized (
     select id from accounts where id = $2 for no key update
   ), payment as (
     update payments set status = 'PAID', lease_until = null, updated_at = clock_timestamp() from member
     where payments.id = $1 and payments.account_id = member.id and payments.status = 'RESERVED' and payments.attempt = $4
     returning payments.*
   ), transfer as (
     update transfers set state = 'POSTED', resolved_at = clock_timestamp() from payment
     where transfers.payment_id = payment.id and transfers.kind = 'PAYMENT'
     returning transfers.*
   ), account as (
     update accounts set posted = posted - transfer.amount, held = held - transfer.amount from transfer
     where accounts.id = transfer.debit_account
     returning accounts.id, accounts.posted
   ), sides as (
     insert into entries (transfer_id, account_id, amount, balance_after)
     select transfer.id, side.account_id, side.amount, side.balance_after
     from account, transfer, lateral (values
       (account.id, -transfer.amount, account.posted), (transfer.credit_account, transfer.amount, null)
     ) as side (account_id, amount, balance_after)
   ), message as (
     insert into ticket_messages (type, subject, payload, next_attempt_at)
     select 'boxoffice.ledger.payment.paid.v1', 'payments/' || id,
       jsonb_build_object('paymentId', id, 'partner', partner, 'memberId', member_id, 'reservationId', reservation_id,
         'scheduleId', schedule_id, 'ticketNumber', ticket_number, 'ticketId', ticket_id, 'amount', amount,
         'currencyCode', currency),
       clock_timestamp() + make_interval(secs => $3)
     from payment
     returning id
   ), event as (${paymentEvent('payment')}
   )
   select ${paymentColumns}, message.id as message_id, payments.id as payment_id, payments.ticket_number, payments.ticket_id
   from payment as payments, message`,
);

/**
 * T2 when the seats are not to be had: frees the money again. No row when the payment is not RESERVED any more, or was taken
 * over since attempt `$4`. Only on a rejection that Inventory has stored, never because nobody answered.
 *
 * Lock order and indexes as for {@link postPayment}.
 */
export const voidPayment = statement<[payment: bigint, account: bigint, reason: string, attempt: number], PaymentRow>(
  'void-payment',
  `with member as materialized (
     select id from accounts where id = $2 for no key update
   ), payment as (
     update payments set status = 'VOIDED', reason = $3, lease_until = null, updated_at = clock_timestamp() from member
     where payments.id = $1 and payments.account_id = member.id and payments.status = 'RESERVED' and payments.attempt = $4
     returning payments.*
   ), transfer as (
     update transfers set state = 'VOIDED', resolved_at = clock_timestamp() from payment
     where transfers.payment_id = payment.id and transfers.kind = 'PAYMENT'
     returning transfers.*
   ), account as (
     update accounts set held = held - transfer.amount from transfer where accounts.id = transfer.debit_account
   ), event as (${paymentEvent('payment')}
   )
   select ${paymentColumns} from payment as payments`,
);
