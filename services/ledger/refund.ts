import { refuse } from '@boxoffice/runtime/error';
import type { Reason } from '@boxoffice/proto/reasons';

/** `PENDING -> REFUNDED | REJECTED`. */
export type RefundState = 'PENDING' | 'REFUNDED' | 'REJECTED';

/** A seat of a paid reservation, as Inventory tells. */
export interface PaidSeat {
  readonly id: bigint;
  /** What it cost at the time of the hold. */
  readonly price: bigint;
  readonly refunded: boolean;
}

/** What a refund is going to give back. */
export interface RefundPlan {
  readonly amount: bigint;
  /** Ascending; empty: all that are left. */
  readonly seatIds: readonly bigint[];
  /** Whether no seat is left after it. */
  readonly closing: boolean;
}

/** A refund of all that is left of a payment: nobody has to be asked for it. */
export function planAll({
  amount,
  refunded_amount,
}: {
  readonly amount: bigint;
  readonly refunded_amount: bigint;
}): RefundPlan {
  return { amount: amount - refunded_amount, seatIds: [], closing: true };
}

/**
 * A refund of some seats, at the price of the hold. Inventory checks the same again when it decides.
 *
 * @throws ServiceError SEAT_UNKNOWN, SEAT_REFUNDED with the seats in question.
 */
export function planSeats(seatIds: readonly bigint[], seats: readonly PaidSeat[]): RefundPlan {
  const asked = seats.filter(({ id }) => seatIds.includes(id));
  const unknown = seatIds.filter((seatId) => asked.every(({ id }) => id !== seatId));
  if (unknown.length > 0) throw refuseSeats('SEAT_UNKNOWN', 'the reservation does not have', unknown);
  const gone = asked.filter(({ refunded }) => refunded).map(({ id }) => id);
  if (gone.length > 0) throw refuseSeats('SEAT_REFUNDED', 'refunded already:', gone);
  return {
    amount: asked.reduce((sum, { price }) => sum + price, 0n),
    seatIds: asked.map(({ id }) => id).sort((a, b) => Number(a - b)),
    closing: seats.every(({ id, refunded }) => refunded || seatIds.includes(id)),
  };
}

function refuseSeats(reason: 'SEAT_UNKNOWN' | 'SEAT_REFUNDED', what: string, seatIds: readonly bigint[]): Error {
  const ids = seatIds.join(', ');
  return refuse(reason, `${what} seat ${ids}`, { metadata: { seatIds: ids } });
}

/** Whether a refund is for exactly the seats that are asked for; none: all that are left, or were. */
export function isFor(
  { seat_ids, closing }: { readonly seat_ids: readonly bigint[]; readonly closing: boolean },
  seatIds: readonly bigint[],
): boolean {
  if (seatIds.length === 0) return closing;
  return seatIds.length === seat_ids.length && seatIds.every((id) => seat_ids.includes(id));
}

/** What a call is refused for whose refund Inventory has rejected. */
export function refusalOfRejection(reason: string): Reason {
  return reason === 'SEAT_UNKNOWN' || reason === 'SEAT_REFUNDED' ? reason : 'PAYMENT_NOT_PAID';
}
