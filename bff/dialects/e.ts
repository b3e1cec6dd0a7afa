import type { Schedule, Seat } from '@boxoffice/proto/inventory';
import { jsonDecimal, jsonInteger } from '../request/json.ts';
import { balance, charge } from './calls/accounts.ts';
import { datesForAdmitted } from './calls/dates.ts';
import { pay } from './calls/payments.ts';
import { hold, openSeats } from './calls/seats.ts';
import { joinOnlyUntil } from './calls/tickets.ts';
import { route, type Dialect } from './dialect.ts';
import { placeInLine } from './place-in-line.ts';

// All year round.
const koreaAheadMs = 9 * 3_600_000;

/**
 * `{"result":"200","message":"Success","data":…}`, or the bare data; refusals `{"result":"<status>","message":"…"}`. The queue
 * token is in `Authorization: Bearer` or, where there is one, in the body.
 */
export const dialectE: Dialect = {
  name: 'e',
  accessTokenHeaders: ['x-forwarded-access-token'],
  challenge: 'Bearer realm="boxoffice"',
  unauthorized: 'Invalid or expired token',
  success: (data) => ({ result: '200', message: 'Success', data }),
  failure: ({ status, message }) => ({ result: String(status), message }),
  routes: [
    route('POST /api/token', {
      invalid: { userId: 'Missing or invalid userId', concertOptionId: 'Missing or invalid parameters' },
      read: (from) => ({ memberId: from.member('userId'), scheduleId: from.optionalId('concertOptionId') }),
      call: joinOnlyUntil('concertOptionId'),
      shape: ({ token, position, until }) => ({
        token,
        queuePosition: placeInLine(position),
        expiresAt: inKorea(until),
      }),
    }),
    route('GET /api/{concertId}/available-dates', {
      isBare: true,
      invalid: 'Missing or invalid parameters',
      read: (from) => ({ token: from.tokenInBearer(), concertId: from.idInPath('concertId') }),
      call: datesForAdmitted,
      shape: (dates) => ({ concertOptions: dates.map(dateShape) }),
    }),
    route('GET /api/{concertOptionId}/available-seats', {
      isBare: true,
      invalid: 'Missing or invalid parameters',
      read: (from) => ({ token: from.tokenInBearer(), scheduleId: from.idInPath('concertOptionId') }),
      call: openSeats,
      shape: (seats) => ({ seats: seats.map(seatShape) }),
    }),
    route('POST /api/reserve', {
      invalid: 'Missing or invalid parameters',
      read: (from) => ({
        scheduleId: from.id('concertOptionId'),
        seatId: from.id('seatId'),
        memberId: from.member('userId'),
        token: from.tokenInBodyOrBearer(),
      }),
      call: hold,
      shape: ({ id }) => ({ reservationId: jsonInteger(id) }),
    }),
    route('PATCH /api/balance/charge', {
      isBare: true,
      invalid: 'Missing or invalid parameters',
      read: (from) => ({ memberId: from.member('userId'), amount: from.wholeAmount('amount') }),
      call: charge,
      shape: (account) => ({ balance: jsonDecimal(account.balance) }),
    }),
    route('GET /api/balance', {
      isBare: true,
      invalid: 'Missing or invalid parameters',
      read: (from) => ({ memberId: from.memberInQuery('userId') }),
      call: balance,
      shape: (account) => ({ balance: jsonDecimal(account.balance) }),
    }),
    route('POST /api/pay', {
      invalid: 'Missing or invalid parameters',
      read: (from) => ({
        reservationId: from.id('reservationId'),
        amount: from.wholeAmount('amount'),
        token: from.tokenInBodyOrBearer(),
      }),
      call: pay,
      shape: ({ id }) => ({ paymentId: jsonInteger(id) }),
    }),
  ],
};

function dateShape({ id, date }: Schedule) {
  return { concertOptionId: jsonInteger(id), concertDate: date };
}

function seatShape({ id, row, number }: Seat) {
  return { seatId: jsonInteger(id), seatNumber: `${row}${number}`, status: '열림' };
}

/** A moment as the clocks in Korea show it, without an offset: `2024-07-04T12:00:00`. */
function inKorea(moment: string): string {
  return new Date(Date.parse(moment) + koreaAheadMs).toISOString().slice(0, 'YYYY-MM-DDThh:mm:ss'.length);
}
