import { statement } from '@boxoffice/runtime/database/statement';

import { paymentEvent } from '../payment-event.ts';
import { paymentColumns, type PaymentRow } from '../payment-row.ts';
import type { PaymentState } from '../payment.ts';

/** What a member can spend. */
export interface LockedMember {
  readonly id: bigint;
  readonly available: bigint;
}

/**
 * T1, first half: locks the account of who pays, before everything else. A statement of its own: what comes after it sees
 * all that those who had the lock before have committed, such as another payment of the same reservation.
 *
 * Lock order: account, payment, transfer, entries. By the unique index of (partner, member_id).
 */
export const lockMember = statement<[partner: string, memberId: string, currency: string], LockedMember>(
  'lock-member',
  `select id, posted - held as available from accounts
   where partner = $1 and member_id = $2 and currency = $3
   for no key update`,
);

/** What there is to know of a payment before it begins. */
export type ReserveParams = [
  account: bigint,
  partner: string,
  memberId: string,
  reservation: bigint,
  schedule: bigint,
  ticketNumber: bigint,
  ticketId: string,
  amount: bigint,
  currency: string,
  status: 'RESERVED' | 'DECLINED',
  reason: string,
  requestId: string | null,
  fingerprint: Uint8Array | null,
  revenue: bigint,
  leaseSeconds: number,
];

/**
 * T1, second half: writes the payment and, when it is RESERVED, sets the money aside with a pending transfer. No row when the
 * reservation has a live payment, which the index `payments_live` decides.
 *
 * Under the lock of the account.
 */
export const reservePayment = statement<ReserveParams, PaymentRow>(
  'reserve-payment',
  `with payment as (
     insert into payments (account_id, partner, member_id, reservation_id, schedule_id, ticket_number, ticket_id, amount,
       currency, status, reason, request_id, fingerprint, lease_until)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
       case when $10::text = 'RESERVED' then clock_timestamp() + make_interval(secs => $15) end
     where not exists (
       select from payments where reservation_id = $4 and status in ('RESERVED', 'PAID', 'REFUNDING')
     )
     on conflict (reservation_id) where status in ('RESERVED', 'PAID', 'REFUNDING') do nothing
     returning *
   ), held as (
     update accounts set held = held + payment.amount from payment
     where accounts.id = payment.account_id and payment.status = 'RESERVED'
   ), pending as (
     insert into transfers (kind, state, amount, debit_account, credit_account, payment_id)
     select 'PAYMENT', 'PENDING', amount, account_id, $14, id from payment where status = 'RESERVED'
   ), event as (${paymentEvent(`payment where status = 'DECLINED'`)}
   )
   select ${paymentColumns} from payment as payments`,
);

/** The state of a reservation's live payment. By `payments_live`; no lock. */
export const findLivePayment = statement<[reservation: bigint], { id: bigint; status: PaymentState }>(
  'find-live-payment',
  `select id, status from payments where reservation_id = $1 and status in ('RESERVED', 'PAID', 'REFUNDING')`,
);
