import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { Reservation } from '@boxoffice/proto/inventory';
import {
  PayRequestSchema,
  PayResponseSchema,
  type LedgerService,
  type PayRequest,
  type PayResponse,
} from '@boxoffice/proto/ledger';
import type { Reason } from '@boxoffice/proto/reasons';
import type { TicketClaims } from '@boxoffice/proto/ticket-token';
import { fingerprint } from '@boxoffice/runtime/database/fingerprint';
import { idReused } from '@boxoffice/runtime/database/request-outcome';
import { once, recall, type OnceRequest } from '@boxoffice/runtime/database/requests';
import { reasonOf, refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';
import { markReplay, responseOf } from '@boxoffice/runtime/replay';

import { readReservation, readTicket } from '../admission-check.ts';
import { settledInTime } from '../answer.ts';
import { beginPayment } from '../begin-payment.ts';
import type { Deps } from '../deps.ts';
import { drive } from '../driver.ts';
import { assertPayable } from '../payable.ts';
import { awaited, refusalOf } from '../payment.ts';
import { paymentOf, type PaymentRow } from '../payment-row.ts';
import { findPayment, findPaymentOfRequest } from '../sql/find-payment.ts';

type Asked = OnceRequest<typeof PayRequestSchema, typeof PayResponseSchema>;
type Pay = ServiceImpl<typeof LedgerService>['pay'];

/** What the Queue and Inventory say of a ticket that was good once. */
const overReasons: ReadonlySet<Reason | undefined> = new Set<Reason>(['TICKET_OVER', 'RESERVATION_PAID']);

/** The payment of a request, and whether an earlier call with the same id has begun it. */
interface Found {
  readonly payment: PaymentRow;
  readonly replayed: boolean;
}

/**
 * Pays a reservation: begins the payment (T1) and drives it to its end, in the background once it has begun. Answers when it
 * has ended (PAID, or the refusal), or shortly before the caller's deadline with the payment as it stands.
 */
export const pay =
  (deps: Deps): Pay =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const ticket = readTicket(deps, request.token, partner);
    // First of all: a request that was answered is answered again, though its ticket is over by now.
    const earlier = await paymentOfRequest(deps, request, ticket);
    if (earlier !== undefined) return answer(await finished(deps, earlier.payment, context), earlier.replayed, context);
    const begun = await deps.drives.withRoom(() => begin(deps, request, ticket, context));
    await deps.faults.reach('pay/t1-committed');
    const payment = await finished(deps, begun.payment, context);
    await deps.faults.reach('pay/before-answer');
    return answer(payment, begun.replayed, context);
  };

async function paymentOfRequest(deps: Deps, request: PayRequest, ticket: TicketClaims): Promise<Found | undefined> {
  const { requestId } = request;
  if (requestId === '') return undefined;
  const payment = await findPaymentOfRequest.maybe(deps.pool, [ticket.partner, ticket.memberId, requestId]);
  if (payment === undefined) return undefined;
  if (!payment.fingerprint.equals(fingerprintOf(request))) throw idReused(requestId);
  return { payment, replayed: true };
}

async function begin(deps: Deps, request: PayRequest, ticket: TicketClaims, context: HandlerContext): Promise<Found> {
  const asked = questionOf(request, ticket);
  let reservation: Reservation | undefined;
  try {
    reservation = await readReservation(deps, request, ticket, context);
  } catch (error) {
    return begunBefore(deps, asked, error);
  }
  const revenue = await deps.systemAccounts.revenue(ticket.scheduleId);
  const { requestId } = request;
  let payment: PaymentRow | undefined;
  await deps.faults.reach('pay/before-t1');
  const { response } = await once(deps.pool, asked, async (client) => {
    // In here, so that a refusal is stored.
    assertPayable(reservation, ticket, request.amount);
    const leaseMs = deps.limits.leaseMs;
    payment = await beginPayment(client, {
      ticket,
      reservation,
      revenue,
      requestId,
      fingerprint: fingerprintOf(request),
      leaseMs,
    });
    await deps.faults.reach('pay/t1-written');
    return create(PayResponseSchema, { payment: paymentOf(payment) });
  });
  // If not here: by another call with the same id, a moment ago.
  return payment === undefined ? foundAgain(deps, response) : { payment, replayed: false };
}

function questionOf(request: PayRequest, { partner, memberId }: TicketClaims): Asked {
  return {
    requestId: request.requestId,
    partner,
    memberId,
    operation: 'Pay',
    request,
    requestSchema: PayRequestSchema,
    responseSchema: PayResponseSchema,
  };
}

/** Who was refused when the ticket was good still gets that refusal; everybody else the one of this moment. */
async function begunBefore(deps: Deps, asked: Asked, refusal: unknown): Promise<Found> {
  const told = overReasons.has(reasonOf(refusal)) ? await recall(deps.pool, asked) : undefined;
  if (told === undefined) throw refusal;
  return foundAgain(deps, told.response);
}

async function foundAgain(deps: Deps, { payment }: PayResponse): Promise<Found> {
  return { payment: await findPayment.one(deps.pool, [payment?.id ?? 0n]), replayed: true };
}

function finished(deps: Deps, payment: PaymentRow, context: HandlerContext): Promise<PaymentRow> | PaymentRow {
  if (awaited(payment.status) === undefined) return payment;
  return settledInTime(drive(deps, payment), context, deps.limits.answerMarginMs);
}

function answer(payment: PaymentRow, replayed: boolean, context: HandlerContext): Awaited<ReturnType<Pay>> {
  const reason = refusalOf(payment.status, payment.reason);
  if (reason === undefined) return responseOf(context, { response: { payment: paymentOf(payment) }, replayed });
  const metadata = { paymentId: String(payment.id), reservationId: String(payment.reservation_id) };
  const refusal = refuse(reason, `payment ${payment.id} is ${payment.status}: ${payment.reason}`, { metadata });
  if (replayed) markReplay(refusal.metadata);
  throw refusal;
}

function fingerprintOf(request: PayRequest): Buffer {
  return fingerprint('Pay', PayRequestSchema, request);
}
