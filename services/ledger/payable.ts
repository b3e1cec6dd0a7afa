import { ReservationStatus, type Reservation } from '@boxoffice/proto/inventory';
import type { TicketClaims } from '@boxoffice/proto/ticket-token';
import { refuse } from '@boxoffice/runtime/error';

import { currency } from './account.ts';

/**
 * Checks that a reservation can be paid with a ticket, for the amount that the payer expects (undefined: any). Decides
 * nothing: Inventory does that, when the money is set aside.
 *
 * @throws ServiceError RESERVATION_UNKNOWN, TOKEN_OF_ANOTHER_SCHEDULE, AMOUNT_MISMATCH, HOLD_OVER or RESERVATION_PAID.
 */
export function assertPayable(
  reservation: Reservation | undefined,
  ticket: TicketClaims,
  amount: bigint | undefined,
): asserts reservation is Reservation {
  // Somebody else's looks unknown.
  if (reservation === undefined || reservation.memberId !== ticket.memberId) {
    throw refuse('RESERVATION_UNKNOWN', 'there is no such reservation');
  }
  const { id, scheduleId } = reservation;
  if (scheduleId !== ticket.scheduleId) {
    const metadata = { scheduleId: String(scheduleId) };
    throw refuse('TOKEN_OF_ANOTHER_SCHEDULE', `the token is for schedule ${ticket.scheduleId}`, { metadata });
  }
  if (amount !== undefined && amount !== reservation.amount) {
    const metadata = { amount: String(reservation.amount), currencyCode: reservation.currencyCode };
    throw refuse('AMOUNT_MISMATCH', `reservation ${id} costs ${reservation.amount}, not ${amount}`, { metadata });
  }
  if (reservation.currencyCode !== currency) {
    throw refuse('AMOUNT_MISMATCH', `reservation ${id} costs ${reservation.currencyCode}, accounts have ${currency}`);
  }
  assertHeld(reservation);
}

function assertHeld({ id, status }: Reservation): void {
  const metadata = { reservationId: String(id) };
  switch (status) {
    case ReservationStatus.PENDING:
      return;
    case ReservationStatus.CONFIRMED:
      throw refuse('RESERVATION_PAID', `reservation ${id} is paid`, { metadata });
    case ReservationStatus.EXPIRED:
    case ReservationStatus.CANCELLED:
    case ReservationStatus.REFUNDED:
      throw refuse('HOLD_OVER', `the hold of reservation ${id} is over`, { metadata });
    case ReservationStatus.UNSPECIFIED:
      throw new Error(`reservation ${id} has no status`);
  }
}
