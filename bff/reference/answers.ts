import {
  ConcertSchema,
  ReservationSchema,
  ReservationStatusSchema,
  ScheduleSchema,
  SeatSchema,
} from '@boxoffice/proto/inventory';
import { BalanceSchema, EntrySchema, PaymentSchema, PaymentStatusSchema, RefundSchema } from '@boxoffice/proto/ledger';
import { PolicySchema, QueueSchema, QueueStateSchema, TicketSchema, TicketStatusSchema } from '@boxoffice/proto/queue';
import { statuses } from '../http/problem.ts';
import { answerField, answerOf, namesOf, object, ref, type Schema } from './schema.ts';

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const id = { type: 'integer', format: 'int64', minimum: 1 };
const moment = { type: 'string', format: 'date-time' };

const place = ['id', 'number', 'section', 'row', 'price'] as const;

const { properties: positionProperties, required: positionRequired } = position();

/** The schemas of all answers, by name: each is there once. */
export const answerSchemas: Readonly<Record<string, Schema>> = {
  Concert: answerOf(ConcertSchema, ['id', 'name', 'description', 'venue']),
  Schedule: schedule(),
  Place: answerOf(SeatSchema, place, { description: 'A seat: where it is and what it costs.' }),
  Seat: answerOf(SeatSchema, [...place, 'status']),
  Reservation: answerOf(
    ReservationSchema,
    {
      id: 'id',
      status: 'status',
      memberId: 'memberId',
      amount: 'amount',
      refundedSeatIds: 'refundedSeatIds',
      refundedAmount: 'refundedAmount',
      currency: 'currencyCode',
      createdAt: 'createdAt',
      expiresAt: 'expiresAt',
      confirmedAt: 'confirmedAt',
    },
    {
      more: {
        concert: object('The concert.', { id, name: text }),
        schedule: object('The date.', { id, date: { ...text, format: 'date' } }),
        seats: { ...answerField(ReservationSchema.field.seats), items: ref('Place') },
        payment: object('The payment that confirmed it.', {
          id,
          status: { type: 'string', enum: ['PAID', 'REFUNDED'] },
        }),
      },
      optional: ['confirmedAt', 'payment'],
    },
  ),
  Payment: payment(),
  RefundedPayment: payment({ refund: ref('Refund') }),
  Refund: answerOf(RefundSchema, ['id', 'status', 'amount', 'seatIds', 'createdAt', 'updatedAt'], {
    optional: ['seatIds'],
  }),
  Balance: balance('What a member has.'),
  Account: balance('The account of a member.', { id: { ...text, description: 'The member.' } }),
  Charged: balance('What a member has after a charge.', { transferId: { ...id, description: 'The transfer made.' } }),
  Entry: answerOf(
    EntrySchema,
    ['id', 'transferId', 'kind', 'amount', 'balanceAfter', 'createdAt', 'paymentId', 'reservationId'],
    { optional: ['paymentId', 'reservationId'] },
  ),
  Position: position(),
  Ticket: {
    type: 'object',
    description: 'A ticket, and how it stands.',
    properties: { token: { ...text, description: 'The signed token to show from now on.' }, ...positionProperties },
    required: ['token', ...positionRequired],
  },
  Queue: queue(),
  Problem: problem(),
  ConcertPage: pageOf('concerts', 'Concert'),
  SchedulePage: pageOf('schedules', 'Schedule'),
  ReservationPage: pageOf('reservations', 'Reservation'),
  EntryPage: pageOf('entries', 'Entry'),
};

function schedule(): Schema {
  const names = {
    id: 'id',
    concertId: 'concertId',
    concertName: 'concertName',
    date: 'date',
    bookingOpensAt: 'bookingOpensAt',
    bookingClosesAt: 'bookingClosesAt',
    holdSeconds: 'holdDuration',
    totalSeats: 'totalSeats',
    remainingSeats: 'remainingSeats',
    currency: 'currencyCode',
    state: 'state',
  } as const;
  return answerOf(ScheduleSchema, names);
}

/** A schedule with fields of its own beside. */
export function scheduleWith(more: Readonly<Record<string, Schema>>, description: string): Schema {
  const { properties, required, ...rest } = schedule() as { properties: object; required: string[] };
  return {
    ...rest,
    description,
    properties: { ...properties, ...more },
    required: [...required, ...Object.keys(more)],
  };
}

function payment(more: Readonly<Record<string, Schema>> = {}): Schema {
  const names = {
    id: 'id',
    status: 'status',
    amount: 'amount',
    refundedAmount: 'refundedAmount',
    currency: 'currencyCode',
    reservationId: 'reservationId',
    scheduleId: 'scheduleId',
    memberId: 'memberId',
    reason: 'reason',
    createdAt: 'createdAt',
    updatedAt: 'updatedAt',
  } as const;
  return answerOf(PaymentSchema, names, { more, optional: ['reason'] });
}

function balance(description: string, more: Readonly<Record<string, Schema>> = {}): Schema {
  return answerOf(BalanceSchema, { balance: 'balance', held: 'held', currency: 'currencyCode' }, { description, more });
}

function position() {
  const seconds = { type: ['integer', 'null'], minimum: 0 };
  const range = object('Four of five waits are in it.', { minSeconds: count, maxSeconds: count });
  const properties = {
    number: answerField(TicketSchema.field.number),
    status: { type: 'string', enum: namesOf(TicketStatusSchema), description: 'How the ticket stands.' },
    ahead: {
      type: ['integer', 'null'],
      minimum: 0,
      description: 'How many people ahead still wait: exact; 0 when it does not wait itself, null in the lobby.',
    },
    estimatedWaitSeconds: { ...seconds, description: 'The wait to be expected. Null when nothing can be said.' },
    estimatedWaitRange: { oneOf: [range, { type: 'null' }] },
    admittedUntil: { ...moment, description: 'Until when an admitted ticket may be used.' },
    lobby: { const: true, description: 'The queue has not opened: the order of its lobby is drawn by lot then.' },
    paused: { const: true, description: 'The queue is paused: nobody is admitted until it is resumed.' },
    opensAt: { ...moment, description: 'When the queue opens, while the ticket is in its lobby.' },
  };
  const optional = ['admittedUntil', 'lobby', 'paused', 'opensAt'];
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', description: 'How a ticket stands.', properties, required };
}

function queue(): Schema {
  const policy = answerOf(PolicySchema, [
    'maxActive',
    'admitCount',
    'admitInterval',
    'activeTtl',
    'presenceTtl',
    'maxWaiting',
    'maxPerAddress',
  ]) as { properties: Record<string, Schema> };
  return answerOf(QueueSchema, ['scheduleId', 'waiting', 'admitted', 'admittedTotal', 'issuedTotal', 'opensAt'], {
    description: 'A queue with its policy and its live numbers. A limit of 0 does not limit.',
    more: {
      state: { type: 'string', enum: namesOf(QueueStateSchema), description: 'Its state.' },
      ...policy.properties,
      drawnAt: { ...moment, description: 'When the order of its lobby was drawn.' },
      lobbyCount: { ...count, description: 'How many tickets were in the lobby.' },
      drawSeed: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'What the order was drawn with.' },
    },
    optional: ['drawnAt', 'lobbyCount', 'drawSeed'],
  });
}

function problem(): Schema {
  return object(
    'Why a request was refused: RFC 9457. Programs branch on `reason`.',
    {
      type: { type: 'string', pattern: '^urn:boxoffice:problem:[a-z-]+$' },
      title: text,
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: { ...text, description: 'For people; not to be parsed.' },
      reason: { type: 'string', enum: Object.keys(statuses), description: 'What programs branch on.' },
      instance: { ...text, description: 'The path that was called.' },
      requestId: { ...text, description: 'What the log has it under.' },
      traceId: {
        type: 'string',
        pattern: '^[0-9a-f]{32}$',
        description: 'What the traces have it under, if it is traced.',
      },
      violations: {
        type: 'array',
        description: 'The fields that are wrong.',
        maxItems: 16,
        items: object('What is wrong with a field.', { field: text, description: text }),
      },
      metadata: {
        type: 'object',
        description: 'Facts that a program can use.',
        additionalProperties: { type: 'string' },
      },
    },
    ['instance', 'requestId', 'traceId', 'violations', 'metadata'],
  );
}

function pageOf(name: string, schema: string): Schema {
  return object(
    `A page of ${name}.`,
    {
      [name]: { type: 'array', items: ref(schema), maxItems: 100 },
      nextPageToken: { ...text, description: 'Asks for the next page; absent when this is the last.' },
    },
    ['nextPageToken'],
  );
}

/** The states of reservations and payments, for those who describe more of them. */
export const stateNames = {
  reservation: namesOf(ReservationStatusSchema),
  payment: namesOf(PaymentStatusSchema),
  queue: namesOf(QueueStateSchema),
};
