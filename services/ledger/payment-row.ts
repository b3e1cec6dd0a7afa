import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { PaymentSchema, PaymentStatus, type Payment } from '@boxoffice/proto/ledger';

import type { PaymentState } from './payment.ts';

/** A payment as the statements and the ORM give it. */
export interface PaymentRow {
  readonly id: bigint;
  readonly partner: string;
  readonly member_id: string;
  readonly account_id: bigint;
  readonly reservation_id: bigint;
  readonly schedule_id: bigint;
  readonly amount: bigint;
  readonly currency: string;
  readonly status: PaymentState;
  readonly reason: string;
  /** The latest refund: under way, done or rejected. */
  readonly refund_id: bigint | null;
  readonly refunded_amount: bigint;
  /** How often it was taken over: whoever drives it changes it only while that is so. */
  readonly attempt: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** The columns of a {@link PaymentRow}, for statements. */
export const paymentColumns = [
  'id',
  'partner',
  'member_id',
  'account_id',
  'reservation_id',
  'schedule_id',
  'amount',
  'currency',
  'status',
  'reason',
  'refund_id',
  'refunded_amount',
  'attempt',
  'created_at',
  'updated_at',
]
  .map((column) => `payments.${column}`)
  .join(', ');

/** A payment as its member sees it. */
export function paymentOf(row: PaymentRow): Payment {
  return create(PaymentSchema, {
    id: row.id,
    reservationId: row.reservation_id,
    scheduleId: row.schedule_id,
    memberId: row.member_id,
    amount: row.amount,
    currencyCode: row.currency,
    status: PaymentStatus[row.status],
    reason: row.reason,
    refundedAmount: row.refunded_amount,
    createdAt: timestampFromDate(row.created_at),
    updatedAt: timestampFromDate(row.updated_at),
  });
}
