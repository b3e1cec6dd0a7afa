import { InventoryService } from '@boxoffice/proto/inventory';
import type { Operation } from '../operation.ts';
import { id } from '../parameters.ts';
import { ref } from '../schema.ts';

const cached = ['Cache-Control', 'ETag'];

/** One date by itself. */
export const scheduleOperations: readonly Operation[] = [
  {
    method: 'GET',
    tag: 'Catalogue',
    caller: 'open',
    path: '/v1/schedules/{id}',
    id: 'getSchedule',
    summary: 'Get a date',
    parameters: { id: id('date') },
    answers: {
      200: { description: 'The date.', schema: ref('Schedule'), headers: cached },
      304: { description: 'Unchanged since the answer with this `ETag`.', headers: cached },
    },
    rpcs: [InventoryService.method.getSchedule],
    examples: { default: { parameters: { id: 1 }, status: 200 } },
  },
];
