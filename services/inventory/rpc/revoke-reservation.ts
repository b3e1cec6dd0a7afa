import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService, RevokeReservationRequest } from '@boxoffice/proto/inventory';
import { identityOf } from '@boxoffice/runtime/identity';

import { decideOnce } from '../decide-once.ts';
import { rejectRefund } from '../decision.ts';
import type { Deps } from '../deps.ts';
import { refundReservation } from '../sql/refund-reservation.ts';

export const revokeReservation =
  (deps: Deps): ServiceImpl<typeof InventoryService>['revokeReservation'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const { rejectionReason, decidedAt } = await decideOnce(deps, questionOf(request, partner));
    return { revoked: rejectionReason === '', rejectionReason, decidedAt };
  };

function questionOf(
  { reservationId, paymentId, refundId }: RevokeReservationRequest,
  partner: string,
): Parameters<typeof decideOnce>[1] {
  return {
    kind: 'REVOKE',
    subjectId: refundId,
    partner,
    reservationId,
    reject: ({ reservation }) => rejectRefund(reservation, partner, paymentId),
    async act(client, { seats, decidedAt }) {
      const { opened } = await refundReservation.one(client, [reservationId, refundId, decidedAt]);
      if (Number(opened) !== seats || seats === 0) {
        throw new Error(`${opened} of the ${seats} seats of reservation ${reservationId} were opened`);
      }
    },
  };
}
