import {
  CreateConcertRequestSchema,
  CreateScheduleRequestSchema,
  InventoryAdminService,
} from '@boxoffice/proto/inventory';
import { PolicySchema, QueueAdminService } from '@boxoffice/proto/queue';
import { scheduleWith } from '../answers.ts';
import type { Operation } from '../operation.ts';
import { id } from '../parameters.ts';
import { bodyOf, object, ref } from '../schema.ts';

const { createConcert, createSchedule } = InventoryAdminService.method;
const { openQueue, getQueue, updatePolicy, pauseQueue, resumeQueue, closeQueue } = QueueAdminService.method;
const common = { tag: 'Operators', caller: 'operator' } as const;
const policy = [
  'maxActive',
  'admitCount',
  'admitInterval',
  'activeTtl',
  'presenceTtl',
  'maxWaiting',
  'maxPerAddress',
] as const;
const queuePath = '/v1/admin/schedules/{id}/queue';
const steering = [
  { verb: 'pause', summary: 'Pause a queue', rpc: pauseQueue },
  { verb: 'resume', summary: 'Resume a queue', rpc: resumeQueue },
  { verb: 'close', summary: 'Close a queue for good', rpc: closeQueue },
] as const;

/** What operators do. */
export const adminOperations: readonly Operation[] = [
  {
    ...common,
    method: 'POST',
    path: '/v1/admin/concerts',
    id: 'createConcert',
    summary: 'Enter a concert',
    repeatable: true,
    body: bodyOf(CreateConcertRequestSchema, ['name', 'description', 'venue']),
    answers: { 201: { description: 'The concert.', schema: ref('Concert'), headers: ['Location'] } },
    rpcs: [createConcert],
    examples: {
      default: {
        parameters: { 'Idempotency-Key': '0f6d5e0a-5d0c-4b8e-9c55-0d9f5f1f6a14' },
        body: { name: 'Winter Night', description: 'Two hours, no break.', venue: 'Hall 1' },
        status: 201,
      },
    },
  },
  {
    ...common,
    method: 'POST',
    path: '/v1/admin/concerts/{id}/schedules',
    id: 'createSchedule',
    summary: 'Enter a date of a concert, and open its queue',
    description:
      'Either `seatCount` (50) and `price`, or `layout`. What is left out of `queue` is as in the default policy: 100 active, 300 s each, seen every 120 s.',
    parameters: { id: id('concert') },
    repeatable: true,
    body: scheduleBody(),
    answers: {
      201: {
        description: 'The date, with its queue.',
        schema: scheduleWith({ queue: ref('Queue') }, 'A date with its queue.'),
        headers: ['Location'],
      },
    },
    rpcs: [createSchedule, openQueue],
    examples: {
      default: {
        summary: 'Fifty seats',
        parameters: { id: 1 },
        body: { date: '2099-12-24', seatCount: 50, price: 99_000, holdSeconds: 300, queue: { maxActive: 100 } },
        status: 201,
      },
      layout: {
        summary: 'Sections, and a lobby',
        parameters: { id: 1 },
        body: {
          date: '2099-12-25',
          bookingOpensAt: '2030-01-01T09:00:00Z',
          bookingClosesAt: '2099-12-25T11:00:00Z',
          layout: [
            { section: 'Floor', rows: 4, seatsPerRow: 10, price: 150_000 },
            { section: 'Balcony', rows: 2, seatsPerRow: 12, price: 80_000 },
          ],
          queue: { maxActive: 50, admitCount: 10, admitIntervalSeconds: 5, opensAt: '2090-01-01T09:00:00+09:00' },
        },
        status: 201,
      },
    },
  },
  {
    ...common,
    method: 'GET',
    path: queuePath,
    id: 'getQueue',
    summary: 'Look at a queue',
    parameters: { id: id('date') },
    answers: { 200: { description: 'The queue.', schema: ref('Queue') } },
    rpcs: [getQueue],
    examples: { default: { parameters: { id: 1 }, status: 200 } },
  },
  {
    ...common,
    method: 'PATCH',
    path: queuePath,
    id: 'updatePolicy',
    summary: 'Change the policy of a queue',
    description: 'Changes the fields it is given; they hold from the next tick on.',
    parameters: { id: id('date') },
    repeatable: true,
    body: bodyOf(PolicySchema, policy),
    answers: { 200: { description: 'The queue.', schema: ref('Queue') } },
    rpcs: [updatePolicy],
    examples: { default: { parameters: { id: 1 }, body: { maxActive: 200, presenceTtlSeconds: 60 }, status: 200 } },
  },
  ...steering.map(({ verb, summary, rpc }): Operation => ({
    ...common,
    method: 'POST',
    path: `${queuePath}/${verb}`,
    id: `${verb}Queue`,
    summary,
    parameters: { id: id('date') },
    repeatable: true,
    body: object('Nothing.', {}),
    answers: { 200: { description: 'The queue.', schema: ref('Queue') } },
    rpcs: [rpc],
    examples: { default: { parameters: { id: 1 }, body: {}, status: 200 } },
  })),
];

function scheduleBody() {
  const body = bodyOf(
    CreateScheduleRequestSchema,
    ['date', 'bookingOpensAt', 'bookingClosesAt', 'seatCount', 'price', 'layout', 'holdDuration'],
    {
      more: {
        queue: bodyOf(PolicySchema, policy, {
          description: 'The policy of its queue.',
          more: {
            opensAt: {
              type: 'string',
              format: 'date-time',
              description: 'When it opens. Absent: now. Until then whoever joins is in the lobby.',
            },
          },
        }),
      },
    },
  );
  const { seatCount, layout, ...properties } = body['properties'] as Record<string, Record<string, unknown>>;
  const section = layout?.['items'] as { required: string[] };
  return {
    ...body,
    properties: {
      ...properties,
      // Zero is what the message has for "not given".
      seatCount: { ...seatCount, minimum: 1 },
      layout: { ...layout, items: { ...section, required: [...section.required, 'price'] } },
    },
    anyOf: [{ required: ['price'] }, { required: ['layout'] }],
  };
}
