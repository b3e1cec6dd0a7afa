import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerAdminService, LedgerService } from '@boxoffice/proto/ledger';
import { QueueAdminService } from '@boxoffice/proto/queue';
import { stateNames } from '../answers.ts';
import type { Operation } from '../operation.ts';
import { id, memberInPath, page } from '../parameters.ts';
import { ref } from '../schema.ts';
import { refundBody } from './payments.ts';

const { countSeats } = InventoryAdminService.method;
const { getSchedule, getReservation, listReservations } = InventoryService.method;
const { getBalance, listEntries, getPayment, refund } = LedgerService.method;
const { listQueues, getQueue } = QueueAdminService.method;
const common = { tag: 'Operators', caller: 'operator' } as const;

/** What operators look up, and the money they give back. */
export const deskOperations: readonly Operation[] = [
  {
    ...common,
    method: 'GET',
    path: '/v1/admin/queues',
    id: 'listQueues',
    summary: 'List queues',
    parameters: {
      state: { description: 'Only queues in this state.', schema: { type: 'string', enum: stateNames.queue } },
      ...page,
    },
    answers: { 200: { description: 'The queues, each with its date.', schema: ref('QueuePage') } },
    rpcs: [listQueues],
    examples: {
      default: { parameters: { pageSize: 20 }, status: 200 },
      open: { summary: 'Those that are open', parameters: { state: 'OPEN' }, status: 200 },
    },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/admin/schedules/{id}/live',
    id: 'getLive',
    summary: 'See how a date is doing',
    description:
      'Its queue, seats and payments at one moment, to be asked for every second; and what the process that answers has answered since its start, with how many failures of its own.',
    parameters: { id: id('date') },
    answers: { 200: { description: 'How it is doing.', schema: ref('Live') } },
    rpcs: [getSchedule, getQueue, countSeats, LedgerAdminService.method.getSales],
    examples: { default: { parameters: { id: 1 }, status: 200 } },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/admin/members/{id}',
    id: 'findMember',
    summary: 'Look a member up',
    parameters: { id: memberInPath },
    answers: { 200: { description: 'The account.', schema: ref('Account') } },
    rpcs: [getBalance],
    examples: { default: { parameters: { id: 'alice' }, status: 200 } },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/admin/members/{id}/reservations',
    id: 'findReservations',
    summary: 'Look the reservations of a member up',
    parameters: {
      id: memberInPath,
      status: { description: 'Only those whose seats are held now.', schema: { type: 'string', enum: ['PENDING'] } },
      ...page,
    },
    answers: { 200: { description: 'The reservations.', schema: ref('ReservationPage') } },
    rpcs: [listReservations],
    examples: { default: { parameters: { id: 'alice' }, status: 200 } },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/admin/members/{id}/entries',
    id: 'findEntries',
    summary: 'Look the movements on an account up',
    parameters: { id: memberInPath, ...page },
    answers: { 200: { description: 'The movements.', schema: ref('EntryPage') } },
    rpcs: [listEntries],
    examples: { default: { parameters: { id: 'alice' }, status: 200 } },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/admin/reservations/{id}',
    id: 'findReservation',
    summary: 'Look a reservation up',
    parameters: { id: id('reservation') },
    answers: { 200: { description: 'The reservation.', schema: ref('Reservation') } },
    rpcs: [getReservation],
    examples: { default: { parameters: { id: 1 }, status: 200 } },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/admin/payments/{id}',
    id: 'findPayment',
    summary: 'Look a payment up',
    parameters: { id: id('payment') },
    answers: { 200: { description: 'The payment.', schema: ref('Payment') } },
    rpcs: [getPayment],
    examples: { default: { parameters: { id: 1 }, status: 200 } },
  },
  {
    ...common,
    method: 'POST',
    path: '/v1/admin/payments/{id}/refund',
    id: 'giveBack',
    summary: 'Give the money of a payment back, for its member',
    parameters: { id: id('payment') },
    repeatable: true,
    body: refundBody,
    answers: {
      200: { description: 'It is given back.', schema: ref('RefundedPayment') },
      202: { description: 'It goes on by itself: look there.', schema: ref('RefundedPayment'), headers: ['Location'] },
    },
    rpcs: [refund],
    reasons: ['RESERVATION_NOT_PAID', 'AMOUNT_MISMATCH'],
    examples: { default: { parameters: { id: 1 }, body: {}, status: 200 } },
  },
  {
    ...common,
    method: 'GET',
    path: '/v1/admin/actions',
    id: 'listActions',
    summary: 'List what operators did',
    description: 'In all services, newest first.',
    parameters: page,
    answers: { 200: { description: 'What was done.', schema: ref('ActionPage') } },
    rpcs: [QueueAdminService.method.listActions],
    examples: { default: { parameters: { pageSize: 20 }, status: 200 } },
  },
];
