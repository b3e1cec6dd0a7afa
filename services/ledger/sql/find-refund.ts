import { statement } from '@boxoffice/runtime/database/statement';

import { refundColumns, type RefundRow } from '../refund-row.ts';

/** A refund and its payment as committed, both at one moment. By primary keys; no lock. */
export const findRefund = statement<[refund: bigint], RefundRow>(
  'find-refund',
  `select ${refundColumns} from refunds join payments on payments.id = refunds.payment_id where refunds.id = $1`,
);
