import { InventoryService } from '@boxoffice/proto/inventory';
import type { Operation } from '../operation.ts';
import { id } from '../parameters.ts';
import { object, ref } from '../schema.ts';

const { watchSeats, extendHold } = InventoryService.method;
const common = { tag: 'Seats', caller: 'member' } as const;
const seats = { type: 'array', items: ref('Seat'), maxItems: 20_000 };

/** Seats as they change, and holding them for longer. */
export const liveSeatOperations: readonly Operation[] = [
  {
    ...common,
    method: 'GET',
    path: '/v1/schedules/{id}/seats/events',
    id: 'watchSeats',
    summary: 'Watch the seats of a date',
    description:
      'Server-sent events. `map` comes first, with the list of all seats, and again whenever the server has lost track; `change` has the seats that changed, as they stand now; `over` has the position of the ticket when it is over, and ends the stream. A slow reader gets the newest state of each seat.',
    parameters: {
      id: id('date'),
      token: {
        description: 'The queue token, for an `EventSource`: it cannot send headers.',
        schema: { type: 'string' },
      },
    },
    token: 'optional',
    answers: { 200: { description: 'The events.', contentType: 'text/event-stream', schema: { type: 'string' } } },
    events: { map: seats, change: seats, over: ref('Position') },
    rpcs: [watchSeats],
    examples: { default: { parameters: { id: 1 }, status: 200 } },
  },
  {
    ...common,
    method: 'POST',
    path: '/v1/reservations/{id}/extension',
    id: 'extendHold',
    summary: 'Hold the seats for longer',
    parameters: { id: id('reservation') },
    token: 'required',
    repeatable: true,
    body: object('Nothing.', {}),
    answers: { 200: { description: 'The reservation, with its new end.', schema: ref('Reservation') } },
    rpcs: [extendHold],
    examples: { default: { parameters: { id: 1 }, body: {}, status: 200 } },
  },
];
