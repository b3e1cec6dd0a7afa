import { create } from '@bufbuild/protobuf';
import {
  GetPaymentRequestSchema,
  PaymentStatus,
  PayRequestSchema,
  RefundRequestSchema,
  type Payment,
} from '@boxoffice/proto/ledger';
import { isReason } from '@boxoffice/proto/reasons';
import { refuse } from '@boxoffice/runtime/error';
import { validateRequest } from '@boxoffice/runtime/validation';
import { paymentAnswer } from '../answers/money.ts';
import { readJsonBody } from '../body.ts';
import { reading, writing, type Context, type Routes } from '../context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../fields.ts';
import { requestIdOf } from '../idempotency.ts';
import { ownerOf } from '../owner.ts';
import { idOf } from '../parameters.ts';
import { present, send } from '../send.ts';

/** Paying a reservation, and getting the money back. */
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
    if (amount === 0n) {
      body.reject('amount', 'has to be greater than 0; leave it out to pay what the reservation costs');
    }
    body.done();
    const request = create(PayRequestSchema, {
      requestId,
      token,
      reservationId,
      ...(amount !== undefined && { amount }),
    });
    validateRequest(PayRequestSchema, request);
    const { payment } = await ledger.pay(request, writing(ctx));
    // A retry that comes after a refund finds its payment as it is by then.
    const { PAID, REFUNDING, REFUNDED, RESERVED } = PaymentStatus;
    sendPayment(ctx, present(payment), { done: [PAID, REFUNDING, REFUNDED], underWay: RESERVED });
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
    new Fields(await readJsonBody(ctx.req)).done();
    const request = create(RefundRequestSchema, { requestId, paymentId, memberId });
    validateRequest(RefundRequestSchema, request);
    const { payment } = await ledger.refund(request, writing(ctx));
    sendPayment(ctx, present(payment), { done: [PaymentStatus.REFUNDED], underWay: PaymentStatus.REFUNDING });
  };
}

// 200 when it is done, 202 with where to look when it goes on by itself, else why it came to nothing.
function sendPayment(
  ctx: Context,
  payment: Payment,
  { done, underWay }: { done: readonly PaymentStatus[]; underWay: PaymentStatus },
): void {
  if (done.includes(payment.status)) {
    send(ctx, 200, paymentAnswer(payment));
  } else if (payment.status === underWay) {
    ctx.set('Location', `/v1/payments/${payment.id}`);
    send(ctx, 202, paymentAnswer(payment));
  } else {
    const { id, status, reason } = payment;
    throw refuse(isReason(reason) ? reason : 'INTERNAL', `payment ${id} is ${PaymentStatus[status]}`, {
      metadata: { paymentId: String(id) },
    });
  }
}
