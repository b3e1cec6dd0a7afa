import {
  PaymentStatus,
  RefundStatus,
  TransferKind,
  type Balance,
  type Entry,
  type Payment,
  type Refund,
} from '@boxoffice/proto/ledger';
import { jsonInteger } from '../request/json.ts';
import { moment } from './time.ts';

/** What a member has. */
export function balanceAnswer({ balance, held, currencyCode }: Balance) {
  return { balance: jsonInteger(balance), held: jsonInteger(held), currency: currencyCode };
}

/** A movement on a member's account. */
export function entryAnswer(entry: Entry) {
  const { id, transferId, kind, amount, balanceAfter, paymentId, reservationId } = entry;
  return {
    id: jsonInteger(id),
    transferId: jsonInteger(transferId),
    kind: TransferKind[kind],
    amount: jsonInteger(amount),
    balanceAfter: jsonInteger(balanceAfter),
    createdAt: moment(entry.createdAt),
    paymentId: paymentId === undefined ? undefined : jsonInteger(paymentId),
    reservationId: reservationId === undefined ? undefined : jsonInteger(reservationId),
  };
}

/** A payment. */
export function paymentAnswer(payment: Payment) {
  return {
    id: jsonInteger(payment.id),
    status: PaymentStatus[payment.status],
    amount: jsonInteger(payment.amount),
    refundedAmount: jsonInteger(payment.refundedAmount),
    currency: payment.currencyCode,
    reservationId: jsonInteger(payment.reservationId),
    scheduleId: jsonInteger(payment.scheduleId),
    memberId: payment.memberId,
    reason: payment.reason === '' ? undefined : payment.reason,
    createdAt: moment(payment.createdAt),
    updatedAt: moment(payment.updatedAt),
  };
}

/** A refund. Without `seatIds`: of all that were left. */
export function refundAnswer(refund: Refund) {
  return {
    id: jsonInteger(refund.id),
    status: RefundStatus[refund.status],
    amount: jsonInteger(refund.amount),
    seatIds: refund.seatIds.length === 0 ? undefined : refund.seatIds.map(jsonInteger),
    createdAt: moment(refund.createdAt),
    updatedAt: moment(refund.updatedAt),
  };
}
