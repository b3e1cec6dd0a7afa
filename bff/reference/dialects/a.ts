import { exampleToken } from '../operation.ts';
import { id } from '../parameters.ts';
import { object } from '../schema.ts';
import type { Contract } from './contract.ts';
import {
  text,
  day,
  count,
  idValue,
  won,
  amount,
  member,
  token,
  balance,
  tokenInQuery,
  memberParameter,
  list,
} from './values.ts';

const bookingA = object('A seat that was bought.', {
  bookingId: idValue,
  concertName: text,
  concertDate: day,
  concertSeatNumber: count,
  paymentAmount: won,
});

/** Dialect A. */
export const dialectA: Contract = {
  name: 'a',
  tag: 'Dialect A',
  envelope: (data) => object('What was asked for.', { code: { const: 'SUCC' }, data }),
  refusal: object('Why not.', { code: { ...text, description: 'The reason.' }, message: text }),
  rows: [
    {
      call: 'POST /queues/token',
      summary: 'Join a queue',
      body: object('Who joins, and which date.', { userId: member, concertInfoId: idValue }),
      data: object('The ticket.', { token }),
      example: { body: { userId: 1, concertInfoId: 1 } },
    },
    {
      call: 'GET /queues/waiting_number',
      summary: 'Tell how many are ahead',
      token: 'bearer',
      parameters: { token: tokenInQuery },
      data: object('The place in line.', { waitingNumber: { ...count, description: '0 when admitted.' } }),
      example: {},
    },
    {
      call: 'GET /concerts/{concertId}/info',
      summary: 'List the dates of a concert',
      caller: 'open',
      parameters: { concertId: id('concert') },
      data: list(
        object('A date.', { concertId: idValue, concertInfoId: idValue, concertName: text, concertDate: day }),
      ),
      example: { parameters: { concertId: 1 } },
    },
    {
      call: 'GET /concerts/{concertId}/info/{concertInfoId}/seats',
      summary: 'List the seats of a date',
      token: 'bearer',
      parameters: { concertId: id('concert'), concertInfoId: id('date'), token: tokenInQuery },
      data: list(
        object('A seat.', {
          concertInfoId: idValue,
          concertSeatId: idValue,
          concertSeatNumber: count,
          concertSeatStatus: { type: 'string', enum: ['OPEN', 'PAYMENT_WAIT', 'CLOSE'] },
        }),
      ),
      example: { parameters: { concertId: 1, concertInfoId: 1 } },
    },
    {
      call: 'POST /concerts/seats',
      summary: 'Hold a seat',
      body: object('Which seat.', { token, concertInfoId: idValue, concertSeatId: idValue }),
      data: object('It is held.', { concertSeatId: idValue, expireMinute: count }),
      example: { body: { token: exampleToken, concertInfoId: 1, concertSeatId: 5 } },
    },
    {
      call: 'GET /concerts/booking/{memberId}/info/{bookingId}',
      summary: 'Get what was bought',
      parameters: { memberId: memberParameter, bookingId: id('booking') },
      data: bookingA,
      example: { parameters: { memberId: '1', bookingId: 1 } },
    },
    {
      call: 'GET /concerts/booking/{memberId}/info',
      summary: 'List what a member bought',
      parameters: { memberId: memberParameter },
      data: list(bookingA),
      example: { parameters: { memberId: '1' } },
    },
    {
      call: 'PATCH /accounts/charge',
      summary: 'Add money to an account',
      body: object('Whose account, and how much.', { memberId: member, amount }),
      data: balance,
      example: { body: { memberId: 1, amount: 300_000 } },
    },
    {
      call: 'PATCH /accounts/payment',
      summary: 'Pay for a seat that is held',
      body: object('Which seat, and what it costs.', {
        token,
        concertInfoId: idValue,
        concertSeatId: idValue,
        amount: won,
      }),
      data: object('It is bought.', {
        concertName: text,
        concertDate: day,
        concertSeatNumber: count,
        paymentAmount: won,
      }),
      example: { body: { token: exampleToken, concertInfoId: 1, concertSeatId: 5, amount: 169_000 } },
    },
    {
      call: 'GET /accounts/{memberId}/balance',
      summary: 'Tell a balance',
      parameters: { memberId: memberParameter },
      data: balance,
      example: { parameters: { memberId: '1' } },
    },
  ],
};
