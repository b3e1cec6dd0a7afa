import { ActionSchema } from '@boxoffice/proto/audit';
import { CountSeatsResponseSchema } from '@boxoffice/proto/inventory';
import { GetSalesResponseSchema } from '@boxoffice/proto/ledger';
import { answerSchemas, scheduleWith } from './answers.ts';
import { answerField, answerOf, object, ref, type Schema } from './schema.ts';

const text = { type: 'string' };
const moment = { type: 'string', format: 'date-time' };
const count = { type: 'integer', minimum: 0 };

/** The schemas of what operators look up, by name. */
export const deskSchemas: Readonly<Record<string, Schema>> = {
  Live: object('How a date is doing, at one moment.', {
    at: moment,
    schedule: ref('Schedule'),
    queue: ref('Queue'),
    seats: answerOf(CountSeatsResponseSchema, ['open', 'held', 'sold']),
    payments: answerOf(GetSalesResponseSchema, ['reserved', 'paid', 'voided', 'declined', 'refunding', 'refunded'], {
      description: 'Its payments, by state.',
    }),
    revenue: answerField(GetSalesResponseSchema.field.revenue),
    currency: answerField(GetSalesResponseSchema.field.currencyCode),
    process: { ...text, description: 'The process that answers.' },
    answers: { ...count, description: 'What it has answered since its start.' },
    errors: { ...count, description: 'How many of them were failures of its own (5xx).' },
  }),
  Action: answerOf(
    ActionSchema,
    { at: 'actedAt', operator: 'operator', action: 'action', subject: 'subject' },
    {
      more: {
        id: { type: 'string', pattern: '^(queue|inventory|ledger)-[0-9]+$', description: 'Its id, with its service.' },
        details: {
          type: 'object',
          description: 'What the request said beside the subject.',
          additionalProperties: true,
        },
      },
    },
  ),
  ActionPage: pageOf('actions', ref('Action')),
  QueuePage: pageOf('queues', queueWithDate()),
};

function queueWithDate(): Schema {
  const queue = answerSchemas['Queue'] as { properties: object };
  return { ...queue, properties: { ...queue.properties, schedule: scheduleWith({}, 'The date it guards.') } };
}

function pageOf(name: string, items: Schema): Schema {
  const nextPageToken = { ...text, description: 'Asks for the next page; absent when this is the last.' };
  return object(`A page of ${name}.`, { [name]: { type: 'array', items, maxItems: 100 }, nextPageToken }, [
    'nextPageToken',
  ]);
}
