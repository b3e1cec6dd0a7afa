import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import { belongsTo } from '../decision.ts';
import type { Deps } from '../deps.ts';
import { lockForChange, reservationUnknown } from '../reservation-change.ts';
import { reservationMessages, type ReservationSeatRow } from '../reservation.ts';
import { cancelReservation } from '../sql/cancel-reservation.ts';
import { readReservation } from '../sql/read-reservation.ts';

export const releaseReservation =
  ({ pool, feeds }: Deps): ServiceImpl<typeof InventoryService>['releaseReservation'] =>
  async ({ reservationId, memberId }, context) => {
    const { partner } = identityOf(context);
    const rows = await transaction(pool, (client) => release(client, reservationId, partner, memberId));
    const [reservation] = reservationMessages(rows);
    if (reservation) feeds.changed(reservation.scheduleId);
    return { reservation };
  };

async function release(
  client: PoolClient,
  id: bigint,
  partner: string,
  memberId: string,
): Promise<ReservationSeatRow[]> {
  const { reservation, seats, decidedAt } = await lockForChange(client, id);
  if (!reservation || !belongsTo(reservation, partner, memberId)) throw reservationUnknown(id);
  if (reservation.status === 'CONFIRMED') throw refuse('RESERVATION_PAID', `reservation ${id} is paid`);
  if (reservation.status === 'PENDING') {
    const { opened } = await cancelReservation.one(client, [id, decidedAt]);
    if (Number(opened) !== seats) throw new Error(`${opened} of the ${seats} seats of reservation ${id} were opened`);
  }
  return readReservation.rows(client, [id, partner, memberId]);
}
