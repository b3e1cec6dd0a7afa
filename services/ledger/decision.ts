import { onBehalfOf } from '@boxoffice/runtime/grpc/transport';

import type { Deps } from './deps.ts';
import type { PaymentRow } from './payment-row.ts';
import type { RefundRow } from './refund-row.ts';

/** What Inventory has decided, and stored under the id of the payment or refund: asked again, it says the same. */
export type Decision = { readonly accepted: true } | { readonly accepted: false; readonly reason: string };

/**
 * C1: has the seats of a payment sold.
 *
 * @throws ConnectError when Inventory does not decide: that is no rejection.
 */
export async function confirmReservation(deps: Deps, payment: PaymentRow, signal: AbortSignal): Promise<Decision> {
  const { id, partner, reservation_id: reservationId, member_id: memberId, amount } = payment;
  const { confirmed, rejectionReason } = await deps.inventory.confirmReservation(
    { reservationId, paymentId: id, memberId, amount },
    { headers: onBehalfOf(partner), signal, timeoutMs: deps.limits.decisionTimeoutMs },
  );
  return decisionOf(confirmed, rejectionReason);
}

/**
 * Has the seats of a refund opened again.
 *
 * @throws ConnectError when Inventory does not decide.
 */
export async function revokeReservation(deps: Deps, refund: RefundRow, signal: AbortSignal): Promise<Decision> {
  const { id: paymentId, partner, reservation_id: reservationId, refund_amount: amount, seat_ids } = refund;
  const { revoked, rejectionReason } = await deps.inventory.revokeReservation(
    { reservationId, paymentId, refundId: refund.refund, seatIds: [...seat_ids], amount },
    { headers: onBehalfOf(partner), signal, timeoutMs: deps.limits.decisionTimeoutMs },
  );
  return decisionOf(revoked, rejectionReason);
}

function decisionOf(accepted: boolean, reason: string): Decision {
  if (accepted) return { accepted };
  // An answer that is neither is not understood, and so decides nothing.
  if (!/^[A-Z_]+$/.test(reason)) throw new Error(`Inventory rejects for the reason "${reason}"`);
  return { accepted, reason };
}
