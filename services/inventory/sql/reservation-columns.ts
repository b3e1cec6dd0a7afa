import { seatStateNow } from './seat-state.ts';

/**
 * SQL of the columns of `ReservationSeatRow`, of `reservations` joined with `schedules`, `concerts`, `reservation_seats`
 * and `seats`. A hold that has run out is expired whatever the row says, and the price of a seat is the one of the hold.
 */
export const reservationColumns = `
    reservations.id as reservation_id, reservations.member_id, reservations.amount, reservations.created_at,
    reservations.expires_at, reservations.confirmed_at, reservations.payment_id,
    case
      when reservations.status = 'PENDING' and reservations.expires_at <= statement_timestamp() then 'EXPIRED'
      else reservations.status
    end as status,
    schedules.id as schedule_id, schedules.day, schedules.currency_code,
    concerts.id as concert_id, concerts.name as concert_name,
    seats.id as seat_id, seats.section, seats.row_label, seats.number, reservation_seats.price,
    reservation_seats.refund_id is not null as refunded,
    ${seatStateNow} as state`;

/** SQL of what {@link reservationColumns} are taken from, after `reservations`. */
export const reservationJoins = `
  join schedules on schedules.id = reservations.schedule_id
  join concerts on concerts.id = schedules.concert_id
  join reservation_seats on reservation_seats.reservation_id = reservations.id
  join seats on seats.id = reservation_seats.seat_id`;
