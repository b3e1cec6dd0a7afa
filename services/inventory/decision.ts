import type { ReservationState } from './reservation.ts';

/** What is known of a reservation whose row and seats are locked, so that it stays true until the transaction ends. */
export interface LockedReservation {
  readonly reservation_id: bigint;
  readonly partner: string;
  readonly member_id: string;
  readonly schedule_id: bigint;
  readonly schedule_state: 'ON_SALE' | 'CANCELLED';
  /** By the database's clock, read after the locks were taken: a hold that has run out is EXPIRED. */
  readonly status: ReservationState;
  readonly amount: bigint;
  readonly extended: boolean;
  readonly payment_id: bigint | null;
}

/** A payment that asks for its reservation. */
export interface Payment {
  readonly partner: string;
  readonly memberId: string;
  readonly amount: bigint;
}

/** Why a payment is rejected. */
export type ConfirmRejection =
  'RESERVATION_UNKNOWN' | 'RESERVATION_PAID' | 'SCHEDULE_CANCELLED' | 'HOLD_OVER' | 'AMOUNT_MISMATCH';

/** A refund that asks for the seats of its payment to be opened. */
export interface Refund {
  readonly partner: string;
  readonly paymentId: bigint;
  /** Each once; empty: all that are left. */
  readonly seatIds: readonly bigint[];
  readonly amount: bigint;
}

/** A seat that a reservation lists, with the price of the hold. */
export interface ListedSeat {
  readonly seat_id: bigint;
  readonly price: bigint;
  readonly refunded: boolean;
}

/** Why a refund is rejected. */
export type RevokeRejection =
  'RESERVATION_UNKNOWN' | 'RESERVATION_NOT_PAID' | 'SEAT_UNKNOWN' | 'SEAT_REFUNDED' | 'AMOUNT_MISMATCH';

/** Tells whether a reservation belongs to a partner's member; an empty member id stands for any. */
export function belongsTo(
  reservation: Pick<LockedReservation, 'partner' | 'member_id'>,
  partner: string,
  memberId: string,
): boolean {
  return reservation.partner === partner && (memberId === '' || reservation.member_id === memberId);
}

/** Decides a payment. @returns why it is rejected, or nothing: then the seats are to be sold. */
export function rejectPayment(
  reservation: LockedReservation | undefined,
  { partner, memberId, amount }: Payment,
): ConfirmRejection | undefined {
  if (!reservation || !belongsTo(reservation, partner, memberId)) return 'RESERVATION_UNKNOWN';
  if (reservation.status === 'CONFIRMED') return 'RESERVATION_PAID';
  if (reservation.status !== 'REFUNDED' && reservation.schedule_state === 'CANCELLED') return 'SCHEDULE_CANCELLED';
  if (reservation.status !== 'PENDING') return 'HOLD_OVER';
  if (reservation.amount !== amount) return 'AMOUNT_MISMATCH';
  return undefined;
}

/**
 * Decides a refund, by all seats that the reservation lists.
 *
 * @returns why it is rejected, or nothing: then the seats are to be opened.
 */
export function rejectRefund(
  reservation: LockedReservation | undefined,
  listed: readonly ListedSeat[],
  { partner, paymentId, seatIds, amount }: Refund,
): RevokeRejection | undefined {
  if (reservation?.partner !== partner) return 'RESERVATION_UNKNOWN';
  if (reservation.status !== 'CONFIRMED' || reservation.payment_id !== paymentId) return 'RESERVATION_NOT_PAID';
  const asked = listed.filter(({ seat_id, refunded }) =>
    seatIds.length === 0 ? !refunded : seatIds.includes(seat_id),
  );
  if (asked.length < seatIds.length) return 'SEAT_UNKNOWN';
  if (asked.some(({ refunded }) => refunded)) return 'SEAT_REFUNDED';
  if (asked.reduce((sum, { price }) => sum + price, 0n) !== amount) return 'AMOUNT_MISMATCH';
  return undefined;
}
