import { exampleToken } from '../operation.ts';
import { id } from '../parameters.ts';
import { object } from '../schema.ts';
import type { Contract } from './contract.ts';
import { text, day, count, idValue, member, token, memberParameter, list } from './values.ts';

const missing = '`Missing or invalid parameters`';
const unauthorizedE = { 401: '`Invalid or expired token`' };
const decimal = { type: 'number', minimum: 0, description: 'Won, with two places: `5000.00`.' };
const wholeDecimal = { type: 'number', multipleOf: 1, minimum: 0, description: 'Won; `5000.00` is whole, too.' };
const bareBalance = object('The balance.', { balance: decimal });

/** Dialect E. */
export const dialectE: Contract = {
  name: 'e',
  tag: 'Dialect E',
  envelope: (data) => object('What was asked for.', { result: { const: '200' }, message: { const: 'Success' }, data }),
  refusal: object('Why not.', { result: { type: 'string', pattern: '^[45][0-9]{2}$' }, message: text }),
  rows: [
    {
      call: 'POST /api/token',
      summary: 'Join a queue',
      body: object(
        'Who joins; and which date, where more than one queue is open.',
        { userId: member, concertOptionId: idValue },
        ['concertOptionId'],
      ),
      data: object('The ticket.', {
        token,
        queuePosition: count,
        expiresAt: {
          type: 'string',
          pattern: '^[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}$',
          description: 'In Korea.',
        },
      }),
      refused: { 400: '`Missing or invalid userId`' },
      example: { body: { userId: 3 } },
    },
    {
      call: 'GET /api/{concertId}/available-dates',
      summary: 'List the dates of a concert',
      token: 'bearer',
      isBare: true,
      parameters: { concertId: id('concert') },
      data: object('The dates.', {
        concertOptions: list(object('A date.', { concertOptionId: idValue, concertDate: day })),
      }),
      refused: unauthorizedE,
      example: { parameters: { concertId: 1 } },
    },
    {
      call: 'GET /api/{concertOptionId}/available-seats',
      summary: 'List the open seats of a date',
      token: 'bearer',
      isBare: true,
      parameters: { concertOptionId: id('date') },
      data: object('The open seats.', {
        seats: list(object('An open seat.', { seatId: idValue, seatNumber: text, status: { const: '열림' } })),
      }),
      refused: unauthorizedE,
      example: { parameters: { concertOptionId: 1 } },
    },
    {
      call: 'POST /api/reserve',
      summary: 'Hold a seat',
      body: object('Who holds which seat.', { token, concertOptionId: idValue, seatId: idValue, userId: member }, [
        'token',
      ]),
      data: object('It is held.', { reservationId: idValue }),
      refused: { 400: missing, ...unauthorizedE },
      example: { body: { token: exampleToken, concertOptionId: 1, seatId: 7, userId: 3 } },
    },
    {
      call: 'PATCH /api/balance/charge',
      summary: 'Add money to an account',
      isBare: true,
      body: object('Whose account, and how much.', { userId: member, amount: { ...wholeDecimal, minimum: 1 } }),
      data: bareBalance,
      refused: { 400: missing },
      example: { body: { userId: 3, amount: 200_000 } },
    },
    {
      call: 'GET /api/balance',
      summary: 'Tell a balance',
      isBare: true,
      parameters: { userId: memberParameter },
      data: bareBalance,
      refused: { 400: missing },
      example: { parameters: { userId: '3' } },
    },
    {
      call: 'POST /api/pay',
      summary: 'Pay a reservation',
      body: object('Which reservation, and what it costs.', { token, reservationId: idValue, amount: wholeDecimal }, [
        'token',
      ]),
      data: object('It is paid.', { paymentId: idValue }),
      refused: { 400: missing, ...unauthorizedE },
      example: { body: { token: exampleToken, reservationId: 3, amount: 169_000 } },
    },
  ],
};
