import { create } from '@bufbuild/protobuf';
import { GetPaymentRequestSchema, PaymentStatus, PayRequestSchema, type Payment } from '@boxoffice/proto/ledger';
import { validateRequest } from '@boxoffice/runtime/validation';
import { paymentAnswer } from '../answers/money.ts';
import { readJsonBody } from '../request/body.ts';
import { reading, writing, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../request/fields.ts';
import { requestIdOf } from '../request/idempotency.ts';
import { ownerOf } from '../caller/owner.ts';
import { idOf } from '../request/parameters.ts';
import { cameToNothing } from '../answers/payment-end.ts';
import { readRefund, sendRefund } from './refund-call.ts';
import { present, send } from '../answers/send.ts';

/** Paying a reservation, and getting the money back, or some of it. */
export function paymentRoutes(routes: Routes, deps: Deps): void {
  routes.post('/v1/reservations/:id/payment', pay(deps));
  routes.get('/v1/payments/:id', getPayment(deps));
  routes.post('/v1/payments/:id/refund', refund(deps));
}

function pay({ ledger, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const reservationId = idOf(ctx);
    const requestId = requestIdOf(ctx);
    const { text: token } = tokens.required(ctx);
    const body = new Fields(await readJsonBody(ctx.req));
    const amount = body.integer('amount');
    body.done();
    const request = create(PayRequestSchema, {
      requestId,
      token,
      reservationId,
      ...(amount !== undefined && { amount }),
    });
    validateRequest(PayRequestSchema, request);
    const { payment } = await ledger.pay(request, writing(ctx));
    sendPayment(ctx, present(payment));
  };
}

function getPayment({ ledger, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(GetPaymentRequestSchema, {
      paymentId: idOf(ctx),
      memberId: ownerOf(ctx, tokens, 'PAYMENT_UNKNOWN'),
    });
    const { payment } = await ledger.getPayment(request, reading(ctx));
    send(ctx, 200, paymentAnswer(present(payment)));
  };
}

function refund({ ledger, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const paymentId = idOf(ctx);
    const requestId = requestIdOf(ctx);
    const memberId = ownerOf(ctx, tokens, 'PAYMENT_UNKNOWN');
    const request = await readRefund(ctx, { requestId, paymentId, memberId });
    const { payment, refund } = await ledger.refund(request, writing(ctx));
    sendRefund(ctx, present(payment), present(refund), `/v1/payments/${paymentId}`);
  };
}

// 200 when it is done, also where it was given back since; 202 with where to look when it goes on by itself; else why it came
// to nothing.
function sendPayment(ctx: Context, payment: Payment): void {
  const { id, status, reason } = payment;
  switch (status) {
    case PaymentStatus.PAID:
    case PaymentStatus.REFUNDING:
    case PaymentStatus.REFUNDED:
      return send(ctx, 200, paymentAnswer(payment));
    case PaymentStatus.RESERVED:
      ctx.set('Location', `/v1/payments/${id}`);
      return send(ctx, 202, paymentAnswer(payment));
    case PaymentStatus.VOIDED:
    case PaymentStatus.DECLINED:
    case PaymentStatus.UNSPECIFIED:
      throw cameToNothing(id, PaymentStatus[status], reason);
  }
}
