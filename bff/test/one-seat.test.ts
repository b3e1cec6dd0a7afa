import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { startSystem, type System } from './system.ts';
import type { Web } from './web.ts';

// A thousand do so at Inventory's own door, in its tests.
const members = 300;
let system: System;
let webs: [Web, Web];
beforeAll(async () => {
  system = await startSystem({ instances: 2 });
  webs = [system.web, await system.bff()];
});
afterAll(() => system[Symbol.asyncDispose]());

/** Does something for every member at once, through both BFFs in turn. */
function forEveryMember<T>(work: (web: Web, index: number) => Promise<T>): Promise<T[]> {
  const [even, odd] = webs;
  return Promise.all(Array.from({ length: members }, (_, index) => work(index % 2 === 0 ? even : odd, index)));
}

test('of three hundred admitted members who want one seat, one gets it and the others are told', async () => {
  const scheduleId = await system.web.newSchedule({ queue: { maxActive: 0 } });
  const path = `/v1/schedules/${scheduleId}/queue/tickets`;
  const tokens = await forEveryMember(async (web, index) => {
    const { status, body } = await web.post(path, { body: { memberId: `member-${index}` } });
    expect(status).toBe(201);
    return body.token;
  });
  const queue = { bearer: system.keys.operator };
  await system.web.until(`/v1/admin/schedules/${scheduleId}/queue`, queue, ({ body }) => body.admitted === members);

  const seats = await system.web.get(`/v1/schedules/${scheduleId}/seats`, { token: tokens[0] ?? '' });
  const body = { seatIds: [seats.list[0]?.id] };
  const answers = await forEveryMember((web, index) =>
    web.post(`/v1/schedules/${scheduleId}/reservations`, { token: tokens[index] ?? '', body }),
  );
  const outcomes = answers.map((answer) => [answer.status, answer.body.reason ?? answer.body.status].join(' '));
  const counts = Map.groupBy(outcomes, (outcome) => outcome);
  expect([...counts].map(([outcome, all]) => `${outcome}: ${all.length}`).sort()).toEqual([
    '201 PENDING: 1',
    `409 SEAT_TAKEN: ${members - 1}`,
  ]);
}, 120_000);
