import { create } from '@bufbuild/protobuf';
import {
  RefundRequestSchema,
  RefundStatus,
  type Payment,
  type Refund,
  type RefundRequest,
} from '@boxoffice/proto/ledger';
import { validateRequest } from '@boxoffice/runtime/validation';
import { paymentAnswer, refundAnswer } from '../answers/money.ts';
import { readJsonBody } from '../request/body.ts';
import type { Context } from '../request/context.ts';
import { Fields } from '../request/fields.ts';
import { cameToNothing } from '../answers/payment-end.ts';
import { send } from '../answers/send.ts';

/** Reads which seats of a payment to refund: `seatIds`, or all that are left. @throws ServiceError REQUEST_INVALID */
export async function readRefund(
  ctx: Context,
  known: Pick<RefundRequest, 'requestId' | 'paymentId' | 'memberId'>,
): Promise<RefundRequest> {
  const body = new Fields(await readJsonBody(ctx.req));
  const seatIds = body.integers('seatIds');
  if (body.has('seatIds') && seatIds.length === 0) {
    body.reject('seatIds', 'has to have a seat in it; leave it out to refund all that are left');
  }
  body.done();
  const request = create(RefundRequestSchema, { ...known, seatIds });
  validateRequest(RefundRequestSchema, request);
  return request;
}

/**
 * Answers with a refund and the payment that it is of: 200 when it is done; 202 with where to look when it goes on by itself.
 *
 * @throws ServiceError with the reason why it came to nothing.
 */
export function sendRefund(ctx: Context, payment: Payment, refund: Refund, location: string): void {
  const answer = { ...paymentAnswer(payment), refund: refundAnswer(refund) };
  switch (refund.status) {
    case RefundStatus.REFUNDED:
      return send(ctx, 200, answer);
    case RefundStatus.PENDING:
      ctx.set('Location', location);
      return send(ctx, 202, answer);
    case RefundStatus.REJECTED:
    case RefundStatus.UNSPECIFIED:
      throw cameToNothing(payment.id, RefundStatus[refund.status], refund.reason);
  }
}
