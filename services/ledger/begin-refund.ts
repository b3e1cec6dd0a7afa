import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse } from '@boxoffice/runtime/error';

import { balanceMax } from './account.ts';
import type { PaidSeats } from './paid-seats.ts';
import type { PaymentRow } from './payment-row.ts';
import { isFor, planAll, planSeats, type RefundPlan } from './refund.ts';
import type { RefundRow } from './refund-row.ts';
import { findPayment } from './sql/find-payment.ts';
import { findRefund } from './sql/find-refund.ts';
import { beginRefund as beginRefundStatement, lockMemberOfPayment } from './sql/refund-payment.ts';

/** What is to be given back, and who asks. */
export interface RefundOrder {
  readonly paymentId: bigint;
  readonly partner: string;
  /** Empty: any member of the partner's. */
  readonly memberId: string;
  /** Each once; empty: all that are left. */
  readonly seatIds: readonly bigint[];
  /** As read of Inventory: to be asked for when {@link SeatsNeeded} is thrown. */
  readonly paid?: PaidSeats | undefined;
  readonly leaseMs: number;
}

/** What the seats cost has to be asked first, or again, since a refund has begun after they were read. */
export class SeatsNeeded extends Error {
  readonly payment: PaymentRow;

  constructor(payment: PaymentRow) {
    super(`The seats of payment ${payment.id} have to be read`);
    this.payment = payment;
  }
}

/**
 * Begins a refund of a PAID payment, which becomes REFUNDING. When just that is being refunded, gives that refund; of what
 * is REFUNDED, asked for as a whole, the last.
 *
 * @throws SeatsNeeded. ServiceError PAYMENT_UNKNOWN, also for somebody else's; PAYMENT_NOT_PAID; SEAT_UNKNOWN;
 * SEAT_REFUNDED; REFUND_IN_FLIGHT while something else of the payment is being refunded; BALANCE_LIMIT when the money would
 * not fit into the account.
 */
export async function beginRefund(client: PoolClient, order: RefundOrder): Promise<RefundRow> {
  const { paymentId, partner, memberId, seatIds } = order;
  const member = await lockMemberOfPayment.maybe(client, [paymentId, partner, memberId]);
  if (member === undefined) throw refuse('PAYMENT_UNKNOWN', `there is no payment ${paymentId}`);
  const payment = await findPayment.one(client, [paymentId]);
  const metadata = { paymentId: String(paymentId), status: payment.status };
  switch (payment.status) {
    case 'PAID':
      return begin(client, payment, planOf(payment, order), order.leaseMs);
    case 'REFUNDING':
      return besides(await latest(client, payment), seatIds);
    case 'REFUNDED':
      if (seatIds.length === 0) return latest(client, payment);
      planOf(payment, order);
      throw new Error(`payment ${paymentId} is REFUNDED, and seats of it are not`);
    case 'RESERVED':
      // Soon it is paid, or not: no answer for good.
      throw refuse('PAYMENT_NOT_PAID', `payment ${paymentId} is still under way`, { metadata, retryAfterMs: 1_000 });
    case 'VOIDED':
    case 'DECLINED':
      throw refuse('PAYMENT_NOT_PAID', `payment ${paymentId} was never paid`, { metadata });
  }
}

function planOf(payment: PaymentRow, { seatIds, paid }: RefundOrder): RefundPlan {
  if (seatIds.length === 0) return planAll(payment);
  if (paid === undefined || paid.after !== payment.refund_id) throw new SeatsNeeded(payment);
  return planSeats(seatIds, paid.seats);
}

async function begin(
  client: PoolClient,
  { id }: PaymentRow,
  { amount, seatIds, closing }: RefundPlan,
  leaseMs: number,
): Promise<RefundRow> {
  const begun = await beginRefundStatement.maybe(client, [id, amount, seatIds, closing, leaseMs / 1_000]);
  if (begun !== undefined) return begun;
  const metadata = { paymentId: String(id), amount: String(amount), balanceMax: String(balanceMax) };
  throw refuse('BALANCE_LIMIT', `a balance is at most ${balanceMax}`, { metadata });
}

function besides(pending: RefundRow, seatIds: readonly bigint[]): RefundRow {
  if (isFor(pending, seatIds)) return pending;
  const metadata = { paymentId: String(pending.id), refundId: String(pending.refund) };
  const message = `refund ${pending.refund} of payment ${pending.id} is under way`;
  throw refuse('REFUND_IN_FLIGHT', message, { metadata, retryAfterMs: 500 });
}

function latest(client: PoolClient, { id, refund_id }: PaymentRow): Promise<RefundRow> {
  if (refund_id === null) throw new Error(`payment ${id} has no refund`);
  return findRefund.one(client, [refund_id]);
}
