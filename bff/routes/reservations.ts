import { create } from '@bufbuild/protobuf';
import {
  ExtendHoldRequestSchema,
  GetReservationRequestSchema,
  HoldSeatsRequestSchema,
  ListReservationsRequestSchema,
  ReleaseReservationRequestSchema,
} from '@boxoffice/proto/inventory';
import { validateRequest } from '@boxoffice/runtime/validation';
import { reservationAnswer } from '../answers/reservation.ts';
import { readJsonBody } from '../request/body.ts';
import { reading, writing, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../request/fields.ts';
import { requestIdOf } from '../request/idempotency.ts';
import { memberOf } from '../caller/member.ts';
import { ownerOf } from '../caller/owner.ts';
import { idOf, memberInPath, pageOf, pendingOnlyInQuery } from '../request/parameters.ts';
import { page, present, send } from '../answers/send.ts';

/** Seats held, and what became of them. */
export function reservationRoutes(routes: Routes, deps: Deps): void {
  routes.post('/v1/schedules/:id/reservations', holdSeats(deps));
  routes.get('/v1/members/:id/reservations', listReservations(deps));
  routes.get('/v1/reservations/:id', getReservation(deps));
  routes.delete('/v1/reservations/:id', releaseReservation(deps));
  routes.post('/v1/reservations/:id/extension', extendHold(deps));
}

function holdSeats({ inventory, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const scheduleId = idOf(ctx);
    const requestId = requestIdOf(ctx);
    const { text: token } = tokens.forSchedule(ctx, scheduleId);
    const body = new Fields(await readJsonBody(ctx.req));
    const seatIds = body.integers('seatIds');
    const bestAvailable = body.integer32('bestAvailable') ?? 0;
    body.done();
    const request = create(HoldSeatsRequestSchema, { requestId, token, scheduleId, seatIds, bestAvailable });
    validateRequest(HoldSeatsRequestSchema, request);
    const reservation = present((await inventory.holdSeats(request, writing(ctx))).reservation);
    ctx.set('Location', `/v1/reservations/${reservation.id}`);
    send(ctx, 201, reservationAnswer(reservation));
  };
}

function listReservations({ inventory }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const memberId = memberOf(ctx, memberInPath(ctx));
    const pendingOnly = pendingOnlyInQuery(ctx);
    const request = create(ListReservationsRequestSchema, { memberId, pendingOnly, ...pageOf(ctx) });
    validateRequest(ListReservationsRequestSchema, request);
    const { reservations, nextPageToken } = await inventory.listReservations(request, reading(ctx));
    send(ctx, 200, page('reservations', reservations.map(reservationAnswer), nextPageToken));
  };
}

function getReservation({ inventory, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(GetReservationRequestSchema, {
      reservationId: idOf(ctx),
      memberId: ownerOf(ctx, tokens, 'RESERVATION_UNKNOWN'),
    });
    const { reservation } = await inventory.getReservation(request, reading(ctx));
    send(ctx, 200, reservationAnswer(present(reservation)));
  };
}

function releaseReservation({ inventory, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(ReleaseReservationRequestSchema, {
      requestId: requestIdOf(ctx),
      reservationId: idOf(ctx),
      memberId: ownerOf(ctx, tokens, 'RESERVATION_UNKNOWN'),
    });
    await inventory.releaseReservation(request, writing(ctx));
    ctx.status = 204;
  };
}

function extendHold({ inventory, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const reservationId = idOf(ctx);
    const requestId = requestIdOf(ctx);
    const { text: token } = tokens.required(ctx);
    new Fields(await readJsonBody(ctx.req)).done();
    const request = create(ExtendHoldRequestSchema, { requestId, token, reservationId });
    validateRequest(ExtendHoldRequestSchema, request);
    const { reservation } = await inventory.extendHold(request, writing(ctx));
    send(ctx, 200, reservationAnswer(present(reservation)));
  };
}
