import { InventoryService } from '@boxoffice/proto/inventory';
import type { Operation } from '../operation.ts';
import { date, id, page } from '../parameters.ts';
import { ref } from '../schema.ts';

const { listConcerts, getConcert, listSchedules } = InventoryService.method;
const cached = ['Cache-Control', 'ETag'];
const unchanged = { description: 'Unchanged since the answer with this `ETag`.', headers: cached };
const open = { method: 'GET', tag: 'Catalogue', caller: 'open' } as const;

/** What is on. */
export const catalogueOperations: readonly Operation[] = [
  {
    ...open,
    path: '/v1/concerts',
    id: 'listConcerts',
    summary: 'List concerts',
    parameters: page,
    answers: { 200: { description: 'The concerts.', schema: ref('ConcertPage'), headers: cached }, 304: unchanged },
    rpcs: [listConcerts],
    examples: { default: { parameters: { pageSize: 20 }, status: 200 } },
  },
  {
    ...open,
    path: '/v1/concerts/{id}',
    id: 'getConcert',
    summary: 'Get a concert',
    parameters: { id: id('concert') },
    answers: { 200: { description: 'The concert.', schema: ref('Concert'), headers: cached }, 304: unchanged },
    rpcs: [getConcert],
    examples: { default: { parameters: { id: 1 }, status: 200 } },
  },
  {
    ...open,
    path: '/v1/concerts/{id}/schedules',
    id: 'listSchedulesOfConcert',
    summary: 'List the dates of a concert',
    description: 'Those that can be booked now, by day.',
    parameters: { id: id('concert'), ...page },
    answers: { 200: { description: 'The dates.', schema: ref('SchedulePage'), headers: cached }, 304: unchanged },
    rpcs: [listSchedules],
    examples: { default: { parameters: { id: 1 }, status: 200 } },
  },
  {
    ...open,
    path: '/v1/schedules',
    id: 'listSchedulesOfDay',
    summary: 'List the dates of a day',
    description: 'Those of all concerts on a day that can be booked now.',
    parameters: { date, ...page },
    answers: { 200: { description: 'The dates.', schema: ref('SchedulePage'), headers: cached }, 304: unchanged },
    rpcs: [listSchedules],
    never: ['CONCERT_UNKNOWN'],
    examples: { default: { parameters: { date: '2099-12-24' }, status: 200 } },
  },
];
