import type { Schedule, Seat } from '@boxoffice/proto/inventory';
import type { PositionAnswer } from '../answers/position.ts';
import { moment } from '../answers/time.ts';
import { jsonInteger } from '../request/json.ts';
import { balance, charge } from './calls/accounts.ts';
import { datesOfToken } from './calls/dates.ts';
import { paySeat } from './calls/payments.ts';
import { hold, openSeats } from './calls/seats.ts';
import { joinOnly, standing } from './calls/tickets.ts';
import { route, type Dialect } from './dialect.ts';
import { placeInLine } from './place-in-line.ts';

/** `{"success":true,"data":…}`; refusals `{"success":false,"message":"…"}`. The queue token is in the header `queue-token`. */
export const dialectC: Dialect = {
  name: 'c',
  accessTokenHeaders: ['x-forwarded-access-token', 'authorization'],
  challenge: 'Queue-Token realm="boxoffice"',
  unauthorized: 'Unauthorized',
  success: (data) => ({ success: true, data }),
  failure: ({ message }) => ({ success: false, message }),
  routes: [
    route('POST /queue/issue', {
      invalid: { userId: 'Invalid userId', concertScheduleId: 'Invalid concertScheduleId' },
      read: (from) => ({ memberId: from.member('userId'), scheduleId: from.optionalId('concertScheduleId') }),
      call: joinOnly('concertScheduleId'),
      shape: ({ token, position }) => ({ token, status: statusOf(position) }),
    }),
    route('GET /queue/status', {
      read: (from) => ({ token: from.tokenInHeader() }),
      call: standing,
      shape: (position) => ({
        status: statusOf(position),
        waitingPosition: placeInLine(position),
        estimatedWaitSeconds: position.estimatedWaitSeconds ?? 0,
      }),
    }),
    route('GET /concert/available-dates', {
      read: (from) => ({ token: from.tokenInHeader() }),
      call: datesOfToken,
      shape: (dates) => dates.map(dateShape),
    }),
    route('GET /concert/available-seats', {
      invalid: 'Invalid concertScheduleId',
      read: (from) => ({ token: from.tokenInHeader(), scheduleId: from.idInQuery('concertScheduleId') }),
      call: openSeats,
      shape: (seats) => seats.map(seatShape),
    }),
    route('POST /reservation', {
      invalid: 'Invalid seatId',
      read: (from) => ({ token: from.tokenInHeader(), seatId: from.id('seatId') }),
      call: hold,
      shape: ({ id, seats, createdAt }, { seatId }) => ({
        id: jsonInteger(id),
        seat: { id: jsonInteger(seatId), isActive: false, seatNumber: seats[0]?.number ?? 0 },
        status: 'PENDING',
        created_at: moment(createdAt),
      }),
    }),
    route('POST /user/charge', {
      invalid: 'Invalid amount or userId',
      read: (from) => ({ amount: from.amount('amount'), memberId: from.member('userId') }),
      call: charge,
      shape: (account) => ({ balance: jsonInteger(account.balance) }),
    }),
    route('GET /user/check', {
      invalid: 'Invalid userId',
      read: (from) => ({ memberId: from.memberInQuery('userId') }),
      call: balance,
      shape: (account) => ({ balance: jsonInteger(account.balance) }),
    }),
    route('POST /payment', {
      invalid: 'Invalid seatId',
      read: (from) => ({ token: from.tokenInHeader(), seatId: from.id('seatId') }),
      call: paySeat,
      shape: ({ seat, reservation, schedule, payment }) => ({
        seatNumber: seat.number,
        concertName: reservation.concertName,
        openDate: moment(schedule.bookingOpensAt),
        closeDate: moment(schedule.bookingClosesAt),
        totalAmount: jsonInteger(payment.amount),
        status: 'COMPLETED',
      }),
    }),
  ],
};

function statusOf({ status }: PositionAnswer): 'pending' | 'active' | 'expired' {
  return status === 'WAITING' ? 'pending' : status === 'ADMITTED' ? 'active' : 'expired';
}

function dateShape({ id, totalSeats, remainingSeats, bookingOpensAt, bookingClosesAt }: Schedule) {
  return {
    id: jsonInteger(id),
    totalSeats,
    reservedSeats: totalSeats - remainingSeats,
    open_at: moment(bookingOpensAt),
    close_at: moment(bookingClosesAt),
  };
}

function seatShape({ id, number, price }: Seat) {
  return { id: jsonInteger(id), seatNumber: String(number), price: jsonInteger(price) };
}
