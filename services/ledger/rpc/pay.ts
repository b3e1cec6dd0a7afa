import { create } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { PayRequestSchema, PayResponseSchema, type LedgerService, type PayRequest } from '@boxoffice/proto/ledger';
import type { TicketClaims } from '@boxoffice/proto/ticket-token';
import { fingerprint } from '@boxoffice/runtime/database/fingerprint';
import { once } from '@boxoffice/runtime/database/requests';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import { readReservation, readTicket } from '../admission-check.ts';
import { settledInTime } from '../answer.ts';
import { beginPayment } from '../begin-payment.ts';
import type { Deps } from '../deps.ts';
import { drive } from '../driver.ts';
import { assertPayable } from '../payable.ts';
import { awaited, refusalOf } from '../payment.ts';
import { paymentOf, type PaymentRow } from '../payment-row.ts';
import { findPayment, findPaymentOfRequest } from '../sql/find-payment.ts';

type Pay = ServiceImpl<typeof LedgerService>['pay'];

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
    if (earlier !== undefined) return answer(await finished(deps, earlier, context));
    const begun = await deps.drives.withRoom(() => begin(deps, request, ticket, context));
    return answer(await finished(deps, begun, context));
  };

async function paymentOfRequest(
  deps: Deps,
  request: PayRequest,
  ticket: TicketClaims,
): Promise<PaymentRow | undefined> {
  if (request.requestId === '') return undefined;
  const found = await findPaymentOfRequest.maybe(deps.pool, [ticket.partner, request.requestId]);
  if (found !== undefined && !found.fingerprint.equals(fingerprintOf(request))) {
    const metadata = { requestId: request.requestId };
    throw refuse('REQUEST_ID_REUSED', 'the request id has been used for another request', { metadata });
  }
  return found;
}

async function begin(
  deps: Deps,
  request: PayRequest,
  ticket: TicketClaims,
  context: HandlerContext,
): Promise<PaymentRow> {
  const reservation = await readReservation(deps, request, ticket, context);
  const revenue = await deps.systemAccounts.revenue(ticket.scheduleId);
  const { requestId } = request;
  let begun: PaymentRow | undefined;
  const { response } = await once(
    deps.pool,
    {
      requestId,
      partner: ticket.partner,
      operation: 'Pay',
      request,
      requestSchema: PayRequestSchema,
      responseSchema: PayResponseSchema,
    },
    async (client) => {
      // In here, so that a refusal is stored.
      assertPayable(reservation, ticket, request.amount);
      const leaseMs = deps.limits.leaseMs;
      begun = await beginPayment(client, {
        ticket,
        reservation,
        revenue,
        requestId,
        fingerprint: fingerprintOf(request),
        leaseMs,
      });
      return create(PayResponseSchema, { payment: paymentOf(begun) });
    },
  );
  // Begun by another call with the same id, a moment ago.
  return begun ?? (await findPayment.one(deps.pool, [response.payment?.id ?? 0n]));
}

function finished(deps: Deps, payment: PaymentRow, context: HandlerContext): Promise<PaymentRow> | PaymentRow {
  if (awaited(payment.status) === undefined) return payment;
  return settledInTime(drive(deps, payment), context, deps.limits.answerMarginMs);
}

function answer(payment: PaymentRow): Awaited<ReturnType<Pay>> {
  const reason = refusalOf(payment.status, payment.reason);
  if (reason === undefined) return { payment: paymentOf(payment) };
  const metadata = { paymentId: String(payment.id), reservationId: String(payment.reservation_id) };
  throw refuse(reason, `payment ${payment.id} is ${payment.status}: ${payment.reason}`, { metadata });
}

function fingerprintOf(request: PayRequest): Buffer {
  return fingerprint('Pay', PayRequestSchema, request);
}
