import { create } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import { ConnectError, type ServiceImpl } from '@connectrpc/connect';
import {
  HoldSeatsRequestSchema,
  HoldSeatsResponseSchema,
  type HoldSeatsRequest,
  type InventoryService,
  type Reservation,
} from '@boxoffice/proto/inventory';
import type { TicketClaims } from '@boxoffice/proto/ticket-token';
import { once, type OnceRequest, type OnceResponse } from '@boxoffice/runtime/database/requests';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { reasonOf, refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';
import { isReplay, responseOf } from '@boxoffice/runtime/replay';

import type { Deps } from '../deps.ts';
import { hold } from '../hold.ts';
import { recallOver } from '../recall-over.ts';
import { lockForChange } from '../reservation-change.ts';
import { reservationMessages } from '../reservation.ts';
import { cancelReservation } from '../sql/cancel-reservation.ts';
import { findLiveHold } from '../sql/find-live-hold.ts';
import { forgetRequest } from '../sql/forget-request.ts';
import type { AdmittedTicket } from '../tickets.ts';

type Asked = OnceRequest<typeof HoldSeatsRequestSchema, typeof HoldSeatsResponseSchema>;

export const holdSeats =
  (deps: Deps): ServiceImpl<typeof InventoryService>['holdSeats'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const claims = deps.tickets.read(request.token, partner, request.scheduleId);
    const asked = questionOf(request, claims);
    let ticket: AdmittedTicket;
    try {
      ticket = await deps.tickets.ask(request.token, claims);
    } catch (error) {
      return responseOf(context, await recallOver(deps.pool, asked, error));
    }
    const { memberId, scheduleId } = claims;
    const { seatIds, bestAvailable } = request;
    const held = await hold(
      { partner, memberId, scheduleId, seatIds, bestAvailable },
      {
        pool: deps.pool,
        turns: deps.turns,
        signal: context.signal,
        run: (work) =>
          once(deps.pool, asked, async (client) => {
            const held = await work(client);
            await deps.faults.reach('hold/written');
            return create(HoldSeatsResponseSchema, { reservation: reservationMessages(held)[0] });
          }),
      },
    ).catch((error: unknown) => {
      if (reasonOf(error) === 'SEAT_TAKEN' && !isToldAgain(error)) deps.countRefusedHold();
      throw error;
    });
    await deps.faults.reach('hold/committed');
    deps.feeds.changed(scheduleId);
    await keepTicket(deps, asked, ticket, held);
    return responseOf(context, held);
  };

/** A refusal of an earlier call with the same request id. */
function isToldAgain(error: unknown): boolean {
  return error instanceof ConnectError && isReplay(error.metadata);
}

function questionOf(request: HoldSeatsRequest, { partner, memberId }: TicketClaims): Asked {
  return {
    requestId: request.requestId,
    partner,
    memberId,
    operation: 'HoldSeats',
    request,
    requestSchema: HoldSeatsRequestSchema,
    responseSchema: HoldSeatsResponseSchema,
  };
}

/**
 * Lets the ticket live at least as long as the hold, so that its member can pay; gives the hold up when that cannot be.
 * What has begun is finished, whether the caller waits for it or not. A replay extends only what an earlier call has
 * missed, and never past the end of the hold: repeating a request keeps no ticket alive.
 */
async function keepTicket(
  deps: Deps,
  asked: Asked,
  ticket: AdmittedTicket,
  { response: { reservation }, replayed }: OnceResponse<typeof HoldSeatsResponseSchema>,
): Promise<void> {
  if (!reservation) throw new Error('A hold has a reservation');
  const remainingMs = replayed ? await missingMs(deps, ticket, reservation) : durationMs(reservation);
  if (remainingMs === 0) return;
  try {
    await deps.tickets.extend(ticket, remainingMs);
  } catch (error) {
    await giveUp(deps, asked, ticket, reservation.id);
    throw error;
  }
  await deps.faults.reach('hold/ticket-extended');
}

function durationMs({ createdAt, expiresAt }: Reservation): number {
  if (!createdAt || !expiresAt) throw new Error('A hold has a beginning and an end');
  return timestampDate(expiresAt).getTime() - timestampDate(createdAt).getTime();
}

/** How long the hold of a replayed request goes on, if the ticket does not last as long; else 0. */
async function missingMs({ pool }: Deps, ticket: AdmittedTicket, { id }: Reservation): Promise<number> {
  const hold = await findLiveHold.maybe(pool, [id, ticket.partner, ticket.memberId]);
  const lasts = hold && ticket.admittedUntil && ticket.admittedUntil >= hold.expires_at;
  return hold && !lasts ? hold.remaining_ms : 0;
}

/** Opens the seats of a hold that could not be kept, and forgets its request, so that it can be made again. */
async function giveUp(
  { pool, feeds, faults, log }: Deps,
  asked: Asked,
  ticket: TicketClaims,
  id: bigint,
): Promise<void> {
  try {
    await faults.reach('hold/before-giving-up');
    await transaction(pool, async (client) => {
      const { reservation, decidedAt } = await lockForChange(client, id);
      if (reservation?.status === 'PENDING') await cancelReservation.one(client, [id, decidedAt]);
      const { partner, memberId, operation, requestId } = asked;
      if (requestId !== '') await forgetRequest.run(client, [partner, memberId, operation, requestId]);
      await faults.reach('hold/giving-up-written');
    });
    await faults.reach('hold/given-up');
    feeds.changed(ticket.scheduleId);
  } catch (error) {
    log.error({ err: error, reservationId: String(id) }, 'a hold stays until it runs out: it could not be given up');
    throw refuse('DEPENDENCY_UNAVAILABLE', 'the hold could not be completed', { retryAfterMs: 1_000, cause: error });
  }
}
