import { ScheduleState, SeatStatus, type Concert, type Schedule, type Seat } from '@boxoffice/proto/inventory';
import { jsonInteger } from '../request/json.ts';
import { moment, seconds } from './time.ts';

/** A concert as REST shows it. */
export function concertAnswer({ id, name, description, venue }: Concert) {
  return { id: jsonInteger(id), name, description, venue };
}

/** A date of a concert. */
export function scheduleAnswer(schedule: Schedule) {
  return {
    id: jsonInteger(schedule.id),
    concertId: jsonInteger(schedule.concertId),
    concertName: schedule.concertName,
    date: schedule.date,
    state: ScheduleState[schedule.state],
    bookingOpensAt: moment(schedule.bookingOpensAt),
    bookingClosesAt: moment(schedule.bookingClosesAt),
    holdSeconds: seconds(schedule.holdDuration),
    totalSeats: schedule.totalSeats,
    remainingSeats: schedule.remainingSeats,
    currency: schedule.currencyCode,
  };
}

/** A seat of the seat map. */
export function seatAnswer(seat: Seat) {
  return { ...placeAnswer(seat), status: SeatStatus[seat.status] };
}

/** A seat of a reservation: where it is and what it costs. */
export function placeAnswer({ id, number, section, row, price }: Seat) {
  return { id: jsonInteger(id), number, section, row, price: jsonInteger(price) };
}
