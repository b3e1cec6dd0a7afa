import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openPool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { newMember, startSystem, type System } from './system.ts';
import type { Web } from './web.ts';

let system: System;
let web: Web;
beforeAll(async () => {
  system = await startSystem({ instances: 2 });
  ({ web } = system);
});
afterAll(() => system[Symbol.asyncDispose]());

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

test('fifty charges at once all count', async () => {
  const member = await web.newMember(newMember(), 0);
  const charged = await times(50, (index) =>
    web.post(`/v1/members/${member}/charges`, { body: { amount: index + 1 } }),
  );
  expect(charged.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 201));
  expect((await web.get(`/v1/members/${member}/balance`)).body.balance).toBe((50 * 51) / 2);
  expect((await web.get(`/v1/members/${member}/entries?pageSize=100`)).body.entries).toHaveLength(50);
});

test('fifty payments of one reservation at once are one debit', async () => {
  const scheduleId = await web.newSchedule();
  const member = await web.newMember(newMember(), 5_000);
  const token = await web.admitted(scheduleId, member);
  const held = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { bestAvailable: 1 } });
  const path = `/v1/reservations/${held.body.id}/payment`;
  const answers = await times(50, () => web.post(path, { token }));
  const allowed = [200, 202, 409, 410];
  expect(answers.map(({ status }) => status).filter((status) => !allowed.includes(status))).toEqual([]);
  const reservation = await web.until(
    `/v1/reservations/${held.body.id}`,
    {},
    ({ body }) => body.status === 'CONFIRMED',
  );
  expect(reservation.body.amount).toBe(1_000);
  await web.until(`/v1/members/${member}/balance`, {}, ({ body }) => body.held === 0 && body.balance === 4_000);
  const { entries } = (await web.get(`/v1/members/${member}/entries`)).body;
  expect(entries.filter(({ amount }) => amount < 0)).toHaveLength(1);
});

test('a payment that takes longer than anybody waits goes on by itself', async () => {
  const hasty = await system.bff({ WRITE_TIMEOUT_MS: '1000' });
  const scheduleId = await web.newSchedule();
  const member = await web.newMember(newMember(), 5_000);
  const token = await web.admitted(scheduleId, member);
  const held = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { bestAvailable: 1 } });
  await using inventory = openPool({ url: system.databaseUrl, schema: 'inventory', applicationName: 'test', max: 1 });
  const slow = await transaction(inventory, async (client) => {
    // Who confirms has to wait.
    await client.query('select from reservations where id = $1 for update', [held.body.id]);
    return hasty.post(`/v1/reservations/${held.body.id}/payment`, { token });
  });
  expect([slow.status, slow.body.status]).toEqual([202, 'RESERVED']);
  expect(slow.headers.location).toBe(`/v1/payments/${slow.body.id}`);
  const paid = await web.until(slow.headers.location ?? '', {}, ({ body }) => body.status === 'PAID');
  expect(paid.body.amount).toBe(1_000);
});
