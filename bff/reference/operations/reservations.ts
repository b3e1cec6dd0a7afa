import { HoldSeatsRequestSchema, InventoryService } from '@boxoffice/proto/inventory';
import type { Operation } from '../operation.ts';
import { id, memberInPath, memberInQuery, page } from '../parameters.ts';
import { bodyOf, ref } from '../schema.ts';

const { listSeats, holdSeats, listReservations, getReservation, releaseReservation } = InventoryService.method;
const common = { tag: 'Seats', caller: 'member' } as const;

/** Seats, and who holds them. */
export const reservationOperations: readonly Operation[] = [
  {
    ...common,
    method: 'GET',
    path: '/v1/schedules/{id}/seats',
    id: 'listSeats',
    summary: 'List the seats of a date',
    parameters: { id: id('date') },
    token: 'required',
    answers: {
      200: {
        description: 'All seats.',
        schema: { type: 'array', items: ref('Seat'), maxItems: 20_000 },
        headers: ['Cache-Control', 'ETag'],
      },
      304: { description: 'Unchanged since the answer with this `ETag`.', headers: ['Cache-Control', 'ETag'] },
    },
    rpcs: [listSeats],
    never: ['PAGE_TOKEN_INVALID'],
    examples: { default: { parameters: { id: 1 }, status: 200 } },
  },
  {
    ...common,
    method: 'POST',
    path: '/v1/schedules/{id}/reservations',
    id: 'holdSeats',
    summary: 'Hold seats',
    parameters: { id: id('date') },
    token: 'required',
    repeatable: true,
    body: bodyOf(HoldSeatsRequestSchema, ['seatIds', 'bestAvailable']),
    answers: { 201: { description: 'They are held.', schema: ref('Reservation'), headers: ['Location'] } },
    rpcs: [holdSeats],
    examples: {
      default: {
        summary: 'These seats',
        parameters: { id: 1, 'Idempotency-Key': '0f6d5e0a-5d0c-4b8e-9c55-0d9f5f1f6a11' },
        body: { seatIds: [5, 6] },
        status: 201,
      },
      best: { summary: 'The best that are open', parameters: { id: 1 }, body: { bestAvailable: 1 }, status: 201 },
    },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/reservations/{id}',
    id: 'getReservation',
    summary: 'Get a reservation',
    parameters: { id: id('reservation'), memberId: memberInQuery },
    token: 'optional',
    answers: { 200: { description: 'The reservation.', schema: ref('Reservation') } },
    rpcs: [getReservation],
    examples: { default: { parameters: { id: 1, memberId: 'alice' }, status: 200 } },
  },
  {
    ...common,
    method: 'DELETE',
    path: '/v1/reservations/{id}',
    id: 'releaseReservation',
    summary: 'Give the seats back',
    parameters: { id: id('reservation'), memberId: memberInQuery },
    token: 'optional',
    headers: {
      'Idempotency-Key': {
        description: 'May be sent; releasing needs none.',
        schema: { type: 'string', format: 'uuid' },
      },
    },
    answers: { 204: { description: 'The seats are open again.' } },
    rpcs: [releaseReservation],
    examples: { default: { parameters: { id: 2, memberId: 'alice' }, status: 204 } },
  },
  {
    ...common,
    tag: 'Members',
    method: 'GET',
    path: '/v1/members/{id}/reservations',
    id: 'listReservations',
    summary: 'List the reservations of a member',
    description: 'Newest first: all, or those whose seats are held now.',
    parameters: {
      id: memberInPath,
      status: { description: 'Only those whose seats are held now.', schema: { type: 'string', enum: ['PENDING'] } },
      ...page,
    },
    answers: { 200: { description: 'The reservations.', schema: ref('ReservationPage') } },
    rpcs: [listReservations],
    reasons: ['MEMBER_UNKNOWN'],
    examples: {
      default: { parameters: { id: 'alice' }, status: 200 },
      pending: { summary: 'What is held now', parameters: { id: 'alice', status: 'PENDING' }, status: 200 },
    },
  },
];
