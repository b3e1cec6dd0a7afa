import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { SseReader } from './sse-reader.ts';
import { newMember, startSystem, type System } from './system.ts';
import type { Web } from './web.ts';

let system: System;
let web: Web;
let queueTables: Pool;
beforeAll(async () => {
  system = await startSystem();
  ({ web } = system);
  queueTables = openPool({ url: system.databaseUrl, schema: 'queue', applicationName: 'lobby test', max: 1 });
});
afterAll(async () => {
  await queueTables[Symbol.asyncDispose]();
  await system[Symbol.asyncDispose]();
});

const tickets = (scheduleId: number) => `/v1/schedules/${scheduleId}/queue/tickets`;
const opensAt = '2099-12-01T09:00:00.000Z';
const inLobby = { status: 'WAITING', ahead: null, estimatedWaitSeconds: null, lobby: true };

test('whoever waits in a lobby is told when it opens and of nobody ahead, and of the place that was drawn after that', async () => {
  const scheduleId = await web.newSchedule({ queue: { maxActive: 1, opensAt } });
  const me = `${tickets(scheduleId)}/me`;
  const members = Array.from({ length: 4 }, newMember);
  const tokens: string[] = [];
  for (const [index, memberId] of members.entries()) {
    const { status, body } = await web.post(tickets(scheduleId), { body: { memberId } });
    expect([status, body]).toEqual([201, expect.objectContaining({ ...inLobby, number: index + 1, opensAt })]);
    tokens.push(body.token);
  }
  const again = await web.post(tickets(scheduleId), { body: { memberId: members[2] } });
  expect([again.status, again.body]).toEqual([200, expect.objectContaining({ ...inLobby, number: 3, opensAt })]);
  expect((await web.get(me, { token: tokens[1] ?? '' })).body).toMatchObject({ ...inLobby, number: 2, opensAt });
  const readers = await Promise.all(
    tokens.map((token) => SseReader.open(`${web.url}${me}/events`, { 'queue-token': token })),
  );
  for (const reader of readers) {
    await reader.until(() => reader.events.length > 0);
    expect(reader.last?.data).toMatchObject({ ...inLobby, opensAt });
  }
  const before = (await web.admin('GET', `/schedules/${scheduleId}/queue`)).body;
  expect(before).toMatchObject({ state: 'SCHEDULED', waiting: 4, opensAt });
  expect(before).not.toHaveProperty('drawSeed');

  await queueTables.query('update queues set opens_at = clock_timestamp() where schedule_id = $1', [scheduleId]);
  for (const reader of readers) {
    await reader.until(() => reader.last?.data.lobby === undefined);
    expect(reader.last?.data).not.toHaveProperty('opensAt');
  }
  const polled = await Promise.all(tokens.map(async (token) => (await web.get(me, { token })).body));
  expect(polled.filter(({ status }) => status === 'ADMITTED')).toHaveLength(1);
  const ahead = polled.filter(({ status }) => status === 'WAITING').map((one) => one.ahead);
  expect(ahead.sort()).toEqual([0, 1, 2]);
  expect((await web.admin('GET', `/schedules/${scheduleId}/queue`)).body).toMatchObject({
    state: 'OPEN',
    lobbyCount: 4,
    drawnAt: expect.any(String),
    drawSeed: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  for (const reader of readers) reader.close();
});

test('a queue that opens at once has no lobby', async () => {
  const scheduleId = await web.newSchedule({ queue: { maxActive: 1 } });
  const joined = await web.post(tickets(scheduleId), { body: { memberId: newMember() } });
  expect(joined.body).not.toHaveProperty('lobby');
  expect(joined.body.ahead).toBe(0);
  expect((await web.admin('GET', `/schedules/${scheduleId}/queue`)).body).not.toHaveProperty('drawnAt');
});
