import type { AnyDesc, DescMessage } from '@bufbuild/protobuf';
import { expect, test } from '@boxoffice/runtime/testing/tests';
import { commentOf, rulesOf, services, wordsOfRules } from '@boxoffice/proto/contract';
import { CreateScheduleRequestSchema, HoldSeatsRequestSchema, SeatStatusSchema } from '@boxoffice/proto/inventory';
import { JoinGroupRequestSchema, PolicySchema } from '@boxoffice/proto/queue';

const elements = services.flatMap((service): AnyDesc[] => [
  service,
  ...service.methods.flatMap((rpc) => [rpc, ...messageElements(rpc.input), ...messageElements(rpc.output)]),
]);

function messageElements(message: DescMessage): AnyDesc[] {
  return [message, ...message.fields, ...message.nestedMessages.flatMap(messageElements)];
}

test('every element of the contract has its comment at runtime', () => {
  expect(elements.length).toBeGreaterThan(200);
  expect(elements.filter((element) => commentOf(element) === '').map(String)).toEqual([]);
  expect(SeatStatusSchema.values.filter((value) => commentOf(value) === '')).toEqual([]);
});

test('a comment is told as it is written, a paragraph a line', () => {
  expect(commentOf(HoldSeatsRequestSchema.field.seatIds)).toBe('These seats, at most 10, each once.');
  const [joiner] = JoinGroupRequestSchema.nestedMessages;
  expect(joiner && commentOf(joiner)).toBe('A member who joins.');
  const [queue] = services;
  expect(queue && commentOf(queue).split('\n\n')).toHaveLength(2);
  expect(queue && commentOf(queue)).not.toMatch(/[^\n]\n[^\n]/);
});

test('rules are those that requests are checked by', () => {
  expect(rulesOf(CreateScheduleRequestSchema.field.seatCount)?.type).toMatchObject({
    case: 'int32',
    value: { greaterThan: { case: 'gte', value: 0 }, lessThan: { case: 'lte', value: 20_000 } },
  });
  expect(rulesOf(CreateScheduleRequestSchema.field.bookingOpensAt)).toBeUndefined();
  expect(wordsOfRules(PolicySchema)).toEqual(['admit_interval must be set where admit_count is']);
});
