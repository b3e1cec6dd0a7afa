import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import { ExtendHoldRequestSchema, ExtendHoldResponseSchema, type InventoryService } from '@boxoffice/proto/inventory';
import type { TicketClaims } from '@boxoffice/proto/ticket-token';
import { once } from '@boxoffice/runtime/database/requests';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import { belongsTo } from '../decision.ts';
import type { Deps } from '../deps.ts';
import { recallOver } from '../recall-over.ts';
import { lockForChange, reservationUnknown } from '../reservation-change.ts';
import { reservationMessages, type ReservationSeatRow } from '../reservation.ts';
import { extendHold as extendRow } from '../sql/extend-hold.ts';
import { findLiveHold } from '../sql/find-live-hold.ts';
import { readReservation } from '../sql/read-reservation.ts';

export const extendHold =
  (deps: Deps): ServiceImpl<typeof InventoryService>['extendHold'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const { requestId, reservationId } = request;
    const claims = deps.tickets.read(request.token, partner);
    const asked = {
      requestId,
      partner,
      memberId: claims.memberId,
      operation: 'ExtendHold',
      request,
      requestSchema: ExtendHoldRequestSchema,
      responseSchema: ExtendHoldResponseSchema,
    };
    try {
      await deps.tickets.ask(request.token, claims);
    } catch (error) {
      return responseOf(context, await recallOver(deps.pool, asked, error));
    }
    await extendTicket(deps, claims, reservationId);
    await deps.faults.reach('extension/ticket-extended');
    const extended = await once(deps.pool, asked, async (client) => {
      const rows = await extend(client, claims, reservationId);
      await deps.faults.reach('extension/written');
      return create(ExtendHoldResponseSchema, { reservation: reservationMessages(rows)[0] });
    });
    await deps.faults.reach('extension/committed');
    deps.feeds.changed(claims.scheduleId);
    return responseOf(context, extended);
  };

/**
 * The ticket first: when that cannot be extended nothing has happened, and nobody holds seats that they cannot pay. Only for
 * a hold that can still be extended, so that repeating the call keeps no ticket alive.
 */
async function extendTicket({ pool, tickets }: Deps, claims: TicketClaims, reservationId: bigint): Promise<void> {
  const hold = await findLiveHold.maybe(pool, [reservationId, claims.partner, claims.memberId]);
  if (!hold || hold.extended || hold.schedule_id !== claims.scheduleId) return;
  await tickets.extend(claims, hold.hold_duration_ms);
}

async function extend(client: PoolClient, claims: TicketClaims, id: bigint): Promise<ReservationSeatRow[]> {
  const { partner, memberId, scheduleId } = claims;
  const { reservation, seats, decidedAt } = await lockForChange(client, id);
  if (!reservation || !belongsTo(reservation, partner, memberId) || reservation.schedule_id !== scheduleId) {
    throw reservationUnknown(id);
  }
  if (reservation.status !== 'PENDING') throw refuse('HOLD_OVER', `the hold of reservation ${id} is over`);
  if (reservation.extended) throw refuse('HOLD_EXTENDED', `the hold of reservation ${id} was extended before`);
  const { extended } = await extendRow.one(client, [id, decidedAt]);
  if (Number(extended) !== seats)
    throw new Error(`${extended} of the ${seats} seats of reservation ${id} were extended`);
  return readReservation.rows(client, [id, partner, memberId]);
}
