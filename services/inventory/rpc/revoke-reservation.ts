import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService, RevokeReservationRequest } from '@boxoffice/proto/inventory';
import { identityOf } from '@boxoffice/runtime/identity';

import { decideOnce } from '../decide-once.ts';
import { rejectRefund } from '../decision.ts';
import type { Deps } from '../deps.ts';
import { readListedSeats } from '../sql/read-listed-seats.ts';
import { refundReservation } from '../sql/refund-reservation.ts';

export const revokeReservation =
  (deps: Deps): ServiceImpl<typeof InventoryService>['revokeReservation'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const { rejectionReason, decidedAt } = await decideOnce(deps, questionOf(request, partner));
    return { revoked: rejectionReason === '', rejectionReason, decidedAt };
  };

function questionOf(
  { reservationId, paymentId, refundId, seatIds, amount }: RevokeReservationRequest,
  partner: string,
): Parameters<typeof decideOnce>[1] {
  return {
    kind: 'REVOKE',
    subjectId: refundId,
    partner,
    reservationId,
    async reject(client, { reservation }) {
      const listed = await readListedSeats.rows(client, [reservationId]);
      return rejectRefund(reservation, listed, { partner, paymentId, seatIds, amount });
    },
    async act(client, { seats, decidedAt }) {
      const { opened, refunded } = await refundReservation.one(client, [reservationId, refundId, seatIds, decidedAt]);
      const asked = seatIds.length === 0 ? seats : seatIds.length;
      if (opened !== refunded || Number(opened) !== asked || asked === 0) {
        throw new Error(
          `${opened} of the ${asked} seats of reservation ${reservationId} were opened, ${refunded} refunded`,
        );
      }
    },
  };
}
