import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import { reservationUnknown } from '../reservation-change.ts';
import { reservationMessages } from '../reservation.ts';
import { readReservation } from '../sql/read-reservation.ts';

export const getReservation =
  ({ pool }: Deps): ServiceImpl<typeof InventoryService>['getReservation'] =>
  async ({ reservationId, memberId }, context) => {
    const { partner } = identityOf(context);
    const [reservation] = reservationMessages(await readReservation.rows(pool, [reservationId, partner, memberId]));
    if (!reservation) throw reservationUnknown(reservationId);
    return { reservation };
  };
