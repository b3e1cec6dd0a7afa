import type { ServiceImpl } from '@connectrpc/connect';
import type { ConfirmReservationRequest, InventoryService } from '@boxoffice/proto/inventory';
import { identityOf } from '@boxoffice/runtime/identity';

import { decideOnce } from '../decide-once.ts';
import { rejectPayment } from '../decision.ts';
import type { Deps } from '../deps.ts';
import { sellReservation } from '../sql/sell-reservation.ts';

export const confirmReservation =
  (deps: Deps): ServiceImpl<typeof InventoryService>['confirmReservation'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const { rejectionReason, decidedAt } = await decideOnce(deps, questionOf(request, partner));
    return { confirmed: rejectionReason === '', rejectionReason, decidedAt };
  };

function questionOf(
  { reservationId, paymentId, memberId, amount }: ConfirmReservationRequest,
  partner: string,
): Parameters<typeof decideOnce>[1] {
  return {
    kind: 'CONFIRM',
    subjectId: paymentId,
    partner,
    reservationId,
    reject: (_, { reservation }) => rejectPayment(reservation, { partner, memberId, amount }),
    async act(client, { seats, decidedAt }) {
      const { sold, listed } = await sellReservation.one(client, [reservationId, paymentId, decidedAt]);
      if (sold !== listed || Number(sold) !== seats || seats === 0) {
        throw new Error(`${sold} of the ${listed} seats of reservation ${reservationId} were sold, ${seats} are held`);
      }
    },
  };
}
