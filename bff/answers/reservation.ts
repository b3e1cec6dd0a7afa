import { ReservationStatus, type Reservation } from '@boxoffice/proto/inventory';
import { PaymentStatus } from '@boxoffice/proto/ledger';
import { jsonInteger } from '../request/json.ts';
import { placeAnswer } from './catalogue.ts';
import { moment } from './time.ts';

/** A reservation with its concert, date, seats, price and payment. */
export function reservationAnswer(reservation: Reservation) {
  const { id, memberId, status, concertId, concertName, scheduleId, date, paymentId } = reservation;
  return {
    id: jsonInteger(id),
    status: ReservationStatus[status],
    memberId,
    concert: { id: jsonInteger(concertId), name: concertName },
    schedule: { id: jsonInteger(scheduleId), date },
    seats: reservation.seats.map(placeAnswer),
    amount: jsonInteger(reservation.amount),
    refundedSeatIds: reservation.refundedSeatIds.map(jsonInteger),
    refundedAmount: jsonInteger(reservation.refundedAmount),
    currency: reservation.currencyCode,
    createdAt: moment(reservation.createdAt),
    expiresAt: moment(reservation.expiresAt),
    confirmedAt: moment(reservation.confirmedAt),
    payment: paymentId === undefined ? undefined : { id: jsonInteger(paymentId), status: paymentStatusOf(status) },
  };
}

// The seats tell how their payment stands: they are sold by it, and open again by its refunds.
function paymentStatusOf(status: ReservationStatus): string | undefined {
  return PaymentStatus[status === ReservationStatus.REFUNDED ? PaymentStatus.REFUNDED : PaymentStatus.PAID];
}
