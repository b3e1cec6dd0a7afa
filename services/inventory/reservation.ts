import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { ReservationSchema, ReservationStatus, type Reservation } from '@boxoffice/proto/inventory';

import { seatMessage, type SeatRow } from './seat.ts';

/** `PENDING -> CONFIRMED | EXPIRED | CANCELLED`, `CONFIRMED -> REFUNDED` with the last of its seats. */
export type ReservationState = 'PENDING' | 'CONFIRMED' | 'EXPIRED' | 'CANCELLED' | 'REFUNDED';

/** A reservation as statements select it, without its seats. */
export interface ReservationRow {
  readonly reservation_id: bigint;
  readonly member_id: string;
  /** By the database's clock: a hold that has run out is EXPIRED, whatever the row says. */
  readonly status: ReservationState;
  readonly amount: bigint;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly confirmed_at: Date | null;
  readonly payment_id: bigint | null;
  readonly schedule_id: bigint;
  readonly day: string;
  readonly currency_code: string;
  readonly concert_id: bigint;
  readonly concert_name: string;
}

/** A reservation joined with one of its seats: what is selected, one row a seat. */
export interface ReservationSeatRow extends ReservationRow, SeatRow {
  /** The seat is the reservation's no more. */
  readonly refunded: boolean;
}

/** Makes the messages of reservations out of rows in which those of one reservation follow each other. */
export function reservationMessages(rows: readonly ReservationSeatRow[]): Reservation[] {
  const messages: Reservation[] = [];
  for (const row of rows) {
    let last = messages.at(-1);
    if (last?.id !== row.reservation_id) messages.push((last = withoutSeats(row)));
    last.seats.push(seatMessage(row));
    if (row.refunded) {
      last.refundedSeatIds.push(row.seat_id);
      last.refundedAmount += row.price;
    }
  }
  return messages;
}

function withoutSeats(row: ReservationRow): Reservation {
  return create(ReservationSchema, {
    id: row.reservation_id,
    memberId: row.member_id,
    concertId: row.concert_id,
    concertName: row.concert_name,
    scheduleId: row.schedule_id,
    date: row.day,
    status: ReservationStatus[row.status],
    amount: row.amount,
    currencyCode: row.currency_code,
    createdAt: timestampFromDate(row.created_at),
    expiresAt: timestampFromDate(row.expires_at),
    ...(row.confirmed_at && { confirmedAt: timestampFromDate(row.confirmed_at) }),
    ...(row.payment_id !== null && { paymentId: row.payment_id }),
  });
}
