import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { RefundSchema, RefundStatus, type Refund } from '@boxoffice/proto/ledger';

import { paymentColumns, type PaymentRow } from './payment-row.ts';
import type { RefundState } from './refund.ts';

/** A refund with its payment, both at one moment. The payment's `refund_id` is another's when there was one since. */
export interface RefundRow extends PaymentRow {
  readonly refund: bigint;
  readonly refund_amount: bigint;
  /** Ascending; empty: all that were left. */
  readonly seat_ids: readonly bigint[];
  /** Whether no seat is left after it. */
  readonly closing: boolean;
  readonly refund_status: RefundState;
  readonly refund_reason: string;
  readonly refund_created_at: Date;
  readonly refund_updated_at: Date;
}

/** The columns of a {@link RefundRow}, for statements, of `payments` and `refunds`. */
export const refundColumns = `${paymentColumns}, refunds.id as refund, refunds.amount as refund_amount, refunds.seat_ids,
     refunds.closing, refunds.status as refund_status, refunds.reason as refund_reason,
     refunds.created_at as refund_created_at, refunds.updated_at as refund_updated_at`;

/** A refund as its member sees it. */
export function refundOf(row: RefundRow): Refund {
  return create(RefundSchema, {
    id: row.refund,
    paymentId: row.id,
    amount: row.refund_amount,
    seatIds: [...row.seat_ids],
    status: RefundStatus[row.refund_status],
    reason: row.refund_reason,
    createdAt: timestampFromDate(row.refund_created_at),
    updatedAt: timestampFromDate(row.refund_updated_at),
  });
}
