import { statement } from '@boxoffice/runtime/database/statement';

import { paymentColumns, type PaymentRow } from '../payment-row.ts';

/** A payment as committed. By the primary key; no lock. */
export const findPayment = statement<[payment: bigint], PaymentRow>(
  'find-payment',
  `select ${paymentColumns} from payments where id = $1`,
);

/** The payment that a request has begun. By the unique index of (partner, member_id, request_id); no lock. */
export const findPaymentOfRequest = statement<
  [partner: string, memberId: string, requestId: string],
  PaymentRow & { readonly fingerprint: Buffer }
>(
  'find-payment-of-request',
  `select ${paymentColumns}, payments.fingerprint from payments where partner = $1 and member_id = $2 and request_id = $3`,
);
