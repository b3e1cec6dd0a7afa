import { LedgerService, PayRequestSchema, RefundRequestSchema } from '@boxoffice/proto/ledger';
import type { Operation } from '../operation.ts';
import { id, memberInQuery } from '../parameters.ts';
import { bodyOf, ref, type Schema } from '../schema.ts';

const { pay, getPayment, refund } = LedgerService.method;
const common = { tag: 'Payments', caller: 'member' } as const;

/** Seats to refund: at least one, or no list at all. */
export const refundBody: Schema = withSeats(bodyOf(RefundRequestSchema, ['seatIds']));

function withSeats(body: Schema): Schema {
  const { seatIds } = body['properties'] as { seatIds: Schema };
  return { ...body, properties: { seatIds: { ...seatIds, minItems: 1 } } };
}

/** Payments and refunds. */
export const paymentOperations: readonly Operation[] = [
  {
    ...common,
    method: 'POST',
    path: '/v1/reservations/{id}/payment',
    id: 'payReservation',
    summary: 'Pay a reservation',
    parameters: { id: id('reservation') },
    token: 'required',
    repeatable: true,
    body: bodyOf(PayRequestSchema, ['amount']),
    answers: {
      200: { description: 'It is paid.', schema: ref('Payment') },
      202: { description: 'It goes on by itself: look there.', schema: ref('Payment'), headers: ['Location'] },
    },
    rpcs: [pay],
    examples: {
      default: {
        parameters: { id: 1, 'Idempotency-Key': '0f6d5e0a-5d0c-4b8e-9c55-0d9f5f1f6a12' },
        body: { amount: 198_000 },
        status: 200,
      },
    },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/payments/{id}',
    id: 'getPayment',
    summary: 'Get a payment',
    parameters: { id: id('payment'), memberId: memberInQuery },
    token: 'optional',
    answers: { 200: { description: 'The payment.', schema: ref('Payment') } },
    rpcs: [getPayment],
    examples: { default: { parameters: { id: 1, memberId: 'alice' }, status: 200 } },
  },
  {
    ...common,
    method: 'POST',
    path: '/v1/payments/{id}/refund',
    id: 'refundPayment',
    summary: 'Give the money of a payment back',
    parameters: { id: id('payment'), memberId: memberInQuery },
    token: 'optional',
    repeatable: true,
    body: refundBody,
    answers: {
      200: { description: 'It is given back.', schema: ref('RefundedPayment') },
      202: { description: 'It goes on by itself: look there.', schema: ref('RefundedPayment'), headers: ['Location'] },
    },
    rpcs: [refund],
    reasons: ['RESERVATION_NOT_PAID', 'AMOUNT_MISMATCH'],
    examples: {
      default: {
        summary: 'Some of the seats',
        parameters: { id: 1, memberId: 'alice' },
        body: { seatIds: [5] },
        status: 200,
      },
      all: { summary: 'All that are left', parameters: { id: 1, memberId: 'alice' }, body: {}, status: 200 },
    },
  },
];
