import {
  ChangePriceRequestSchema,
  InventoryAdminService,
  UpdateConcertRequestSchema,
} from '@boxoffice/proto/inventory';
import { scheduleWith } from '../answers.ts';
import type { Operation } from '../operation.ts';
import { id } from '../parameters.ts';
import { bodyOf, object, ref, type Schema } from '../schema.ts';

const { updateConcert, changePrice, cancelSchedule } = InventoryAdminService.method;
const common = { tag: 'Operators', caller: 'operator', repeatable: true } as const;
const count = { type: 'integer', minimum: 0 };

/** Changes of a concert. */
export const concertChangeOperations: readonly Operation[] = [
  {
    ...common,
    method: 'PATCH',
    path: '/v1/admin/concerts/{id}',
    id: 'updateConcert',
    summary: 'Change a concert',
    description: 'Changes the fields it is given. Whoever reads the catalogue sees it within a second.',
    parameters: { id: id('concert') },
    body: narrowed(
      bodyOf(UpdateConcertRequestSchema, ['name', 'description', 'venue'], { rules: ['give one of them at least'] }),
      { name: { minLength: 1 } },
      { minProperties: 1 },
    ),
    answers: { 200: { description: 'The concert.', schema: ref('Concert') } },
    rpcs: [updateConcert],
    examples: { default: { parameters: { id: 1 }, body: { venue: 'Hall 2' }, status: 200 } },
  },
];

/** Changes of a date. */
export const scheduleChangeOperations: readonly Operation[] = [
  {
    ...common,
    method: 'POST',
    path: '/v1/admin/schedules/{id}/prices',
    id: 'changePrice',
    summary: 'Change what seats cost',
    parameters: { id: id('date') },
    body: narrowed(
      bodyOf(ChangePriceRequestSchema, ['price', 'seatIds', 'section'], {
        required: ['price'],
        rules: ['give seatIds or section, or neither for all seats'],
      }),
      { seatIds: { minItems: 1 }, section: { minLength: 1 } },
    ),
    answers: { 200: { description: 'It is changed.', schema: object('What was changed.', { changed: count }) } },
    rpcs: [changePrice],
    examples: {
      default: { summary: 'Some seats', parameters: { id: 1 }, body: { price: 120_000, seatIds: [1, 2] }, status: 200 },
    },
  },
  {
    ...common,
    method: 'POST',
    path: '/v1/admin/schedules/{id}/cancellation',
    id: 'cancelSchedule',
    summary: 'Call a date off',
    parameters: { id: id('date') },
    body: object('Nothing.', {}),
    answers: {
      200: {
        description: 'The date.',
        schema: scheduleWith({ cancelledReservations: count }, 'A date that is called off.'),
      },
    },
    rpcs: [cancelSchedule],
    examples: { default: { parameters: { id: 2 }, body: {}, status: 200 } },
  },
];

/** A body whose fields the route holds to more than the rules of the message. */
function narrowed(body: Schema, fields: Readonly<Record<string, Schema>>, whole: Schema = {}): Schema {
  const properties = { ...(body['properties'] as Record<string, Schema>) };
  for (const [name, more] of Object.entries(fields)) {
    properties[name] = { ...properties[name], ...more };
  }
  return { ...body, properties, ...whole };
}
