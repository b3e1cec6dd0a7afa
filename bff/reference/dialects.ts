import type { Operation, OperationExample, Parameter, Tag } from './operation.ts';
import { exampleToken } from './operation.ts';
import { id, memberInPath } from './parameters.ts';
import { object, type Schema } from './schema.ts';

// How the published contracts are written down: a row is what differs from call to call.
interface Row {
  /** `POST /queues/token`, below the prefix. */
  readonly call: `${Operation['method']} /${string}`;
  readonly summary: string;
  readonly caller?: 'open';
  readonly token?: Operation['token'];
  readonly parameters?: Readonly<Record<string, Parameter>>;
  readonly body?: Schema;
  readonly data: Schema;
  /** The answer has no envelope. */
  readonly isBare?: true;
  /** Statuses of its refusals that the contract names. */
  readonly refused?: Readonly<Record<number, string>>;
  readonly example: Omit<OperationExample, 'status'>;
}

interface Contract {
  readonly name: 'a' | 'c' | 'e';
  readonly tag: Tag;
  readonly envelope: (data: Schema) => Schema;
  readonly refusal: Schema;
  readonly rows: readonly Row[];
}

const text = { type: 'string' };
const whole = { type: 'integer', format: 'int64' };
const day = { type: 'string', format: 'date' };
const moment = { type: 'string', format: 'date-time' };
const count = { type: 'integer', minimum: 0 };
const idValue = { ...whole, minimum: 1 };
const won = { ...whole, minimum: 0, description: 'Whole won.' };
const amount = { ...whole, minimum: 1, maximum: 1_000_000_000_000, description: 'Whole won.' };
const member = {
  type: ['string', 'integer'],
  minLength: 1,
  maxLength: 64,
  description: 'The member: a text or a number.',
};
const token = { ...text, description: 'The queue token.' };
const balance = object('The balance.', { balance: won });
const tokenInQuery: Parameter = { description: 'The queue token, instead of the header.', schema: text };
const memberParameter: Parameter = { ...memberInPath, required: true };
const list = (items: Schema): Schema => ({ type: 'array', items });

const bookingA = object('A seat that was bought.', {
  bookingId: idValue,
  concertName: text,
  concertDate: day,
  concertSeatNumber: count,
  paymentAmount: won,
});

const a: Contract = {
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

const unauthorizedC = { 401: '`Unauthorized`' };
const queueStatus = { type: 'string', enum: ['pending', 'active', 'expired'] };

const c: Contract = {
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

const missing = '`Missing or invalid parameters`';
const unauthorizedE = { 401: '`Invalid or expired token`' };
const decimal = { type: 'number', minimum: 0, description: 'Won, with two places: `5000.00`.' };
const wholeDecimal = { type: 'number', multipleOf: 1, minimum: 0, description: 'Won; `5000.00` is whole, too.' };
const bareBalance = object('The balance.', { balance: decimal });

const e: Contract = {
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

/** The calls of the three published contracts, each below its prefix. */
export const dialectOperations: readonly Operation[] = [a, c, e].flatMap((contract) =>
  contract.rows.map((row) => operationOf(contract, row)),
);

function operationOf({ name, tag, envelope, refusal }: Contract, row: Row): Operation {
  const { call, summary, caller = 'member', data, isBare, refused = {}, example, token: shown, parameters, body } = row;
  const [method = '', path = ''] = call.split(' ');
  return {
    method: method as Operation['method'],
    path: `/${name}${path}`,
    id: `${name}${idOf(method, path)}`,
    tag,
    caller,
    summary,
    description: 'A call of a published contract: the same as its own call of `/v1` does, in other words.',
    ...(parameters !== undefined && { parameters }),
    ...(shown !== undefined && { token: shown }),
    ...(body !== undefined && { body }),
    answers: { 200: { description: 'What was asked for.', schema: isBare === true ? data : envelope(data) } },
    refusals: { schema: refusal, statuses: refused },
    rpcs: [],
    examples: { default: { ...example, status: 200 } },
  };
}

// GET /accounts/{memberId}/balance: GetAccountsMemberIdBalance.
function idOf(method: string, path: string): string {
  const words = `${method.toLowerCase()}${path}`.match(/[A-Za-z]+/g) ?? [];
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}
