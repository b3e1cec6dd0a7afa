import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse } from '@boxoffice/runtime/error';

import { balanceMax } from './account.ts';
import type { PaymentRow } from './payment-row.ts';
import { findPayment } from './sql/find-payment.ts';
import { beginRefund as beginRefundStatement, lockMemberOfPayment } from './sql/refund-payment.ts';

/** Which payment is to be given back, and who asks. */
export interface RefundOrder {
  readonly paymentId: bigint;
  readonly partner: string;
  /** Empty: any member of the partner's. */
  readonly memberId: string;
  readonly leaseMs: number;
}

/**
 * Makes a PAID payment REFUNDING. One that is REFUNDING or REFUNDED stays as it is.
 *
 * @throws ServiceError PAYMENT_UNKNOWN, also for somebody else's; PAYMENT_NOT_PAID; BALANCE_LIMIT when the money would not
 * fit into the account.
 */
export async function beginRefund(client: PoolClient, order: RefundOrder): Promise<PaymentRow> {
  const { paymentId, partner, memberId, leaseMs } = order;
  const member = await lockMemberOfPayment.maybe(client, [paymentId, partner, memberId]);
  if (member === undefined) throw refuse('PAYMENT_UNKNOWN', `there is no payment ${paymentId}`);
  const begun = await beginRefundStatement.maybe(client, [paymentId, leaseMs / 1_000]);
  if (begun !== undefined) return begun;
  const payment = await findPayment.one(client, [paymentId]);
  const metadata = { paymentId: String(paymentId), status: payment.status };
  switch (payment.status) {
    case 'REFUNDING':
    case 'REFUNDED':
      return payment;
    case 'PAID':
      throw refuse('BALANCE_LIMIT', `a balance is at most ${balanceMax}`, { metadata });
    case 'RESERVED':
      // Soon it is paid, or not: no answer for good.
      throw refuse('PAYMENT_NOT_PAID', `payment ${paymentId} is still under way`, { metadata, retryAfterMs: 1_000 });
    case 'VOIDED':
    case 'DECLINED':
      throw refuse('PAYMENT_NOT_PAID', `payment ${paymentId} was never paid`, { metadata });
  }
}
