import { create } from '@bufbuild/protobuf';
import { GetReservationRequestSchema, ListReservationsRequestSchema } from '@boxoffice/proto/inventory';
import { GetBalanceRequestSchema, GetPaymentRequestSchema, ListEntriesRequestSchema } from '@boxoffice/proto/ledger';
import { validateRequest } from '@boxoffice/runtime/validation';
import { balanceAnswer, entryAnswer, paymentAnswer } from '../answers/money.ts';
import { reservationAnswer } from '../answers/reservation.ts';
import { reading, writing, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { requestIdOf } from '../request/idempotency.ts';
import { idOf, memberInPath, pageOf, pendingOnlyInQuery } from '../request/parameters.ts';
import { readRefund, sendRefund } from './refund-call.ts';
import { page, present, send } from '../answers/send.ts';

/** Looking for members, what they hold and what they paid, and giving money back. For operators, of whichever member. */
export function adminMemberRoutes(routes: Routes, deps: Deps): void {
  routes.get('/v1/admin/members/:id', getMember(deps));
  routes.get('/v1/admin/members/:id/reservations', listReservations(deps));
  routes.get('/v1/admin/members/:id/entries', listEntries(deps));
  routes.get('/v1/admin/reservations/:id', getReservation(deps));
  routes.get('/v1/admin/payments/:id', getPayment(deps));
  routes.post('/v1/admin/payments/:id/refund', refund(deps));
}

function getMember({ ledger }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(GetBalanceRequestSchema, { memberId: memberInPath(ctx) });
    const balance = present((await ledger.getBalance(request, reading(ctx))).balance);
    send(ctx, 200, { id: balance.memberId, ...balanceAnswer(balance) });
  };
}

function listReservations({ inventory }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const pendingOnly = pendingOnlyInQuery(ctx);
    const asked = { memberId: memberInPath(ctx), pendingOnly, ...pageOf(ctx) };
    const request = create(ListReservationsRequestSchema, asked);
    validateRequest(ListReservationsRequestSchema, request);
    const { reservations, nextPageToken } = await inventory.listReservations(request, reading(ctx));
    send(ctx, 200, page('reservations', reservations.map(reservationAnswer), nextPageToken));
  };
}

function listEntries({ ledger }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(ListEntriesRequestSchema, { memberId: memberInPath(ctx), ...pageOf(ctx) });
    validateRequest(ListEntriesRequestSchema, request);
    const { entries, nextPageToken } = await ledger.listEntries(request, reading(ctx));
    send(ctx, 200, page('entries', entries.map(entryAnswer), nextPageToken));
  };
}

function getReservation({ inventory }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(GetReservationRequestSchema, { reservationId: idOf(ctx) });
    const { reservation } = await inventory.getReservation(request, reading(ctx));
    send(ctx, 200, reservationAnswer(present(reservation)));
  };
}

function getPayment({ ledger }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(GetPaymentRequestSchema, { paymentId: idOf(ctx) });
    const { payment } = await ledger.getPayment(request, reading(ctx));
    send(ctx, 200, paymentAnswer(present(payment)));
  };
}

function refund({ ledger }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const [paymentId, requestId] = [idOf(ctx), requestIdOf(ctx)];
    const request = await readRefund(ctx, { paymentId, requestId, memberId: '' });
    const { payment, refund } = await ledger.refund(request, writing(ctx));
    sendRefund(ctx, present(payment), present(refund), `/v1/admin/payments/${paymentId}`);
  };
}
