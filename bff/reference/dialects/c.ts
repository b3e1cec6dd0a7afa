import { id } from '../parameters.ts';
import { object } from '../schema.ts';
import type { Contract } from './contract.ts';
import { text, moment, count, idValue, won, amount, member, token, balance, memberParameter, list } from './values.ts';

const unauthorizedC = { 401: '`Unauthorized`' };
const queueStatus = { type: 'string', enum: ['pending', 'active', 'expired'] };

/** Dialect C. */
export const dialectC: Contract = {
  name: 'c',
  tag: 'Dialect C',
  envelope: (data) => object('What was asked for.', { success: { const: true }, data }),
  refusal: object('Why not.', { success: { const: false }, message: text }),
  rows: [
    {
      call: 'POST /queue/issue',
      summary: 'Join a queue',
      body: object(
        'Who joins; and which date, where more than one queue is open.',
        { userId: member, concertScheduleId: idValue },
        ['concertScheduleId'],
      ),
      data: object('The ticket.', { token, status: queueStatus }),
      refused: { 400: '`Invalid userId`' },
      example: { body: { userId: '2' } },
    },
    {
      call: 'GET /queue/status',
      summary: 'Tell how a ticket stands',
      token: 'required',
      data: object('How it stands.', { status: queueStatus, waitingPosition: count, estimatedWaitSeconds: count }),
      refused: unauthorizedC,
      example: {},
    },
    {
      call: 'GET /concert/available-dates',
      summary: 'List the dates of the concert',
      token: 'required',
      data: list(
        object('A date.', { id: idValue, totalSeats: count, reservedSeats: count, open_at: moment, close_at: moment }),
      ),
      refused: unauthorizedC,
      example: {},
    },
    {
      call: 'GET /concert/available-seats',
      summary: 'List the open seats of a date',
      token: 'required',
      parameters: { concertScheduleId: { ...id('date'), required: true } },
      data: list(object('An open seat.', { id: idValue, seatNumber: text, price: won })),
      refused: { 400: '`Invalid concertScheduleId`', ...unauthorizedC },
      example: { parameters: { concertScheduleId: 1 } },
    },
    {
      call: 'POST /reservation',
      summary: 'Hold a seat',
      token: 'required',
      body: object('Which seat.', { seatId: idValue }),
      data: object('It is held.', {
        id: idValue,
        seat: object('The seat.', { id: idValue, isActive: { const: false }, seatNumber: count }),
        status: { const: 'PENDING' },
        created_at: moment,
      }),
      refused: { 400: '`Invalid seatId`', ...unauthorizedC },
      example: { body: { seatId: 6 } },
    },
    {
      call: 'POST /user/charge',
      summary: 'Add money to an account',
      body: object('How much, and whose account.', { amount, userId: member }),
      data: balance,
      refused: { 400: '`Invalid amount or userId`' },
      example: { body: { amount: 200_000, userId: '2' } },
    },
    {
      call: 'GET /user/check',
      summary: 'Tell a balance',
      parameters: { userId: memberParameter },
      data: balance,
      refused: { 400: '`Invalid userId`' },
      example: { parameters: { userId: '2' } },
    },
    {
      call: 'POST /payment',
      summary: 'Pay for a seat that is held',
      token: 'required',
      body: object('Which seat.', { seatId: idValue }),
      data: object('It is bought.', {
        seatNumber: count,
        concertName: text,
        openDate: moment,
        closeDate: moment,
        totalAmount: won,
        status: { const: 'COMPLETED' },
      }),
      refused: { 400: '`Invalid seatId`', ...unauthorizedC },
      example: { body: { seatId: 6 } },
    },
  ],
};
