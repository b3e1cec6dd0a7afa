import type { HandlerContext } from '@connectrpc/connect';
import { onBehalfOf } from '@boxoffice/runtime/grpc/transport';

import type { Deps } from './deps.ts';
import type { PaymentRow } from './payment-row.ts';
import type { PaidSeat } from './refund.ts';

/** The seats of a payment, true as long as no refund of it has begun since. */
export interface PaidSeats {
  /** The payment's latest refund, which had ended when the seats were read. */
  readonly after: bigint | null;
  readonly seats: readonly PaidSeat[];
}

/**
 * Asks Inventory for the seats of a payment. Outside of transactions.
 *
 * @throws ConnectError when Inventory does not answer.
 */
export async function readPaidSeats(deps: Deps, payment: PaymentRow, context: HandlerContext): Promise<PaidSeats> {
  const { partner, member_id: memberId, reservation_id: reservationId, refund_id: after } = payment;
  const timeoutMs = context.timeoutMs();
  const { reservation } = await deps.inventory.getReservation(
    { reservationId, memberId },
    { headers: onBehalfOf(partner), signal: context.signal, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
  );
  const refunded = new Set(reservation?.refundedSeatIds);
  const seats = (reservation?.seats ?? []).map(({ id, price }) => ({ id, price, refunded: refunded.has(id) }));
  return { after, seats };
}
