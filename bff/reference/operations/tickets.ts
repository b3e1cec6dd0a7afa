import { JoinRequestSchema, QueueService } from '@boxoffice/proto/queue';
import type { Operation } from '../operation.ts';
import { id } from '../parameters.ts';
import { bodyOf, ref } from '../schema.ts';

const { join, getTicket, leave } = QueueService.method;
const tickets = '/v1/schedules/{id}/queue/tickets';
const common = { tag: 'Queue', caller: 'member', parameters: { id: id('date') } } as const;
const ofSchedule = { parameters: { id: 1 } };

/** A member's place in line. */
export const ticketOperations: readonly Operation[] = [
  {
    ...common,
    method: 'POST',
    path: tickets,
    id: 'joinQueue',
    summary: 'Join the queue of a date',
    description:
      'Gives a ticket, or the live one that the member has already. Safe to repeat by itself. In the lobby of a queue that has not opened `ahead` is null: the order is drawn by lot.',
    body: bodyOf(JoinRequestSchema, ['memberId'], { optional: ['memberId'] }),
    answers: {
      201: { description: 'A new ticket.', schema: ref('Ticket') },
      200: { description: 'The live ticket that the member has.', schema: ref('Ticket') },
    },
    headers: {
      'Idempotency-Key': {
        description: 'May be sent; joining needs none.',
        schema: { type: 'string', format: 'uuid' },
      },
    },
    rpcs: [join],
    reasons: ['TOO_MANY_REQUESTS', 'MEMBER_UNKNOWN'],
    examples: {
      default: { ...ofSchedule, body: { memberId: 'alice' }, status: 201 },
      numbered: { summary: 'A member who is a number', ...ofSchedule, body: { memberId: 7 }, status: 201 },
      again: { summary: 'Joining again', ...ofSchedule, body: { memberId: 'alice' }, status: 200 },
    },
  },
  {
    ...common,
    method: 'GET',
    path: `${tickets}/me`,
    id: 'getTicket',
    summary: 'Tell how a ticket stands',
    token: 'required',
    answers: { 200: { description: 'How it stands.', schema: ref('Position') } },
    rpcs: [getTicket],
    examples: { default: { ...ofSchedule, status: 200 } },
  },
  {
    ...common,
    method: 'GET',
    path: `${tickets}/me/events`,
    id: 'watchTicket',
    summary: 'Watch how a ticket stands',
    description:
      'Server-sent events `position`, whose data is a position as JSON: as it stands, then whenever it changes, at most four times a second, until it is final. The id of an event goes on behind it, at any server. A reader that comes back with the id of the final event gets 204, which tells an `EventSource` to stop.',
    parameters: {
      ...common.parameters,
      token: {
        description: 'The queue token, for an `EventSource`: it cannot send headers.',
        schema: { type: 'string' },
      },
    },
    headers: {
      'Last-Event-ID': { description: 'The id of the last event the reader has.', schema: { type: 'string' } },
    },
    token: 'optional',
    answers: {
      200: { description: 'The events.', contentType: 'text/event-stream', schema: { type: 'string' } },
      204: { description: 'There is nothing more to come.' },
    },
    events: { position: ref('Position') },
    rpcs: [getTicket],
    reasons: ['TOKEN_OF_ANOTHER_SCHEDULE', 'STREAM_LIMIT'],
    examples: { default: { ...ofSchedule, status: 200 } },
  },
  {
    ...common,
    method: 'DELETE',
    path: `${tickets}/me`,
    id: 'leaveQueue',
    summary: 'Give a ticket up',
    token: 'required',
    headers: {
      'Idempotency-Key': {
        description: 'May be sent; leaving needs none.',
        schema: { type: 'string', format: 'uuid' },
      },
    },
    answers: { 204: { description: 'It is over.' } },
    rpcs: [leave],
    examples: { default: { ...ofSchedule, status: 204 } },
  },
];
