import { timestampMs } from '@bufbuild/protobuf/wkt';
import { SeatStatus, type Reservation, type Schedule, type Seat } from '@boxoffice/proto/inventory';
import { jsonInteger } from '../request/json.ts';
import { balance, charge } from './calls/accounts.ts';
import { booking, bookings } from './calls/bookings.ts';
import { datesOf } from './calls/dates.ts';
import { paySeat } from './calls/payments.ts';
import { hold, seatsOfConcert } from './calls/seats.ts';
import { join, liveStanding } from './calls/tickets.ts';
import { route, type Dialect } from './dialect.ts';
import { placeInLine } from './place-in-line.ts';

const minuteMs = 60_000;

const seatStatuses = {
  [SeatStatus.UNSPECIFIED]: 'CLOSE',
  [SeatStatus.OPEN]: 'OPEN',
  [SeatStatus.HELD]: 'PAYMENT_WAIT',
  [SeatStatus.SOLD]: 'CLOSE',
} as const;

/** `{"code":"SUCC","data":…}`; refusals `{"code":"<REASON>","message":"…"}`. */
export const dialectA: Dialect = {
  name: 'a',
  accessTokenHeaders: ['x-forwarded-access-token'],
  challenge: 'Bearer realm="boxoffice"',
  success: (data) => ({ code: 'SUCC', data }),
  failure: ({ reason, message }) => ({ code: reason, message }),
  routes: [
    route('POST /queues/token', {
      read: (from) => ({ memberId: from.member('userId'), scheduleId: from.id('concertInfoId') }),
      call: join,
      shape: ({ token }) => ({ token }),
    }),
    route('GET /queues/waiting_number', {
      read: (from) => ({ token: from.tokenInBearerOrQuery() }),
      call: liveStanding,
      shape: (position) => ({ waitingNumber: placeInLine(position) }),
    }),
    route('GET /concerts/booking/{memberId}/info', {
      read: (from) => ({ memberId: from.memberInPath('memberId') }),
      call: bookings,
      shape: (found) => found.map(bookingShape),
    }),
    route('GET /concerts/booking/{memberId}/info/{bookingId}', {
      read: (from) => ({ memberId: from.memberInPath('memberId'), bookingId: from.idInPath('bookingId') }),
      call: booking,
      shape: bookingShape,
    }),
    route('GET /concerts/{concertId}/info', {
      isOpen: true,
      read: (from) => ({ concertId: from.idInPath('concertId') }),
      call: datesOf,
      shape: (dates) => dates.map(dateShape),
    }),
    route('GET /concerts/{concertId}/info/{concertInfoId}/seats', {
      read: (from) => ({
        concertId: from.idInPath('concertId'),
        scheduleId: from.idInPath('concertInfoId'),
        token: from.tokenInBearerOrQuery(),
      }),
      call: seatsOfConcert,
      shape: (seats, { scheduleId }) => seats.map((seat) => seatShape(seat, scheduleId)),
    }),
    route('POST /concerts/seats', {
      read: (from) => ({
        scheduleId: from.id('concertInfoId'),
        seatId: from.id('concertSeatId'),
        token: from.tokenInBody(),
      }),
      call: hold,
      shape: (reservation, { seatId }) => ({
        concertSeatId: jsonInteger(seatId),
        expireMinute: minutesOf(reservation),
      }),
    }),
    route('PATCH /accounts/charge', {
      read: (from) => ({ memberId: from.member('memberId'), amount: from.amount('amount') }),
      call: charge,
      shape: (account) => ({ balance: jsonInteger(account.balance) }),
    }),
    route('PATCH /accounts/payment', {
      read: (from) => ({
        scheduleId: from.id('concertInfoId'),
        seatId: from.id('concertSeatId'),
        amount: from.amount('amount'),
        token: from.tokenInBody(),
      }),
      call: paySeat,
      shape: ({ reservation, seat, payment }) => ({
        concertName: reservation.concertName,
        concertDate: reservation.date,
        concertSeatNumber: seat.number,
        paymentAmount: jsonInteger(payment.amount),
      }),
    }),
    route('GET /accounts/{memberId}/balance', {
      read: (from) => ({ memberId: from.memberInPath('memberId') }),
      call: balance,
      shape: (account) => ({ balance: jsonInteger(account.balance) }),
    }),
  ],
};

function dateShape({ id, concertId, concertName, date }: Schedule) {
  return {
    concertId: jsonInteger(concertId),
    concertInfoId: jsonInteger(id),
    concertName,
    concertDate: date,
  };
}

function seatShape({ id, number, status }: Seat, scheduleId: bigint) {
  return {
    concertInfoId: jsonInteger(scheduleId),
    concertSeatId: jsonInteger(id),
    concertSeatNumber: number,
    concertSeatStatus: seatStatuses[status],
  };
}

/** One entry a reservation: of several seats, which only our own contract can hold together, the first that is still theirs. */
function bookingShape({ id, concertName, date, seats, amount, refundedSeatIds, refundedAmount }: Reservation) {
  const seat = seats.find((one) => !refundedSeatIds.includes(one.id));
  return {
    bookingId: jsonInteger(id),
    concertName,
    concertDate: date,
    concertSeatNumber: seat?.number ?? 0,
    paymentAmount: jsonInteger(amount - refundedAmount),
  };
}

/** How long the seats are held from the beginning on, in whole minutes, rounded up. */
function minutesOf({ createdAt, expiresAt }: Reservation): number {
  return createdAt && expiresAt ? Math.ceil((timestampMs(expiresAt) - timestampMs(createdAt)) / minuteMs) : 0;
}
