import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { newMember, startSystem, type System } from './system.ts';
import type { AnswerBody, Web } from './web.ts';

let system: System;
let web: Web;
beforeAll(async () => {
  system = await startSystem({ instances: 2 });
  ({ web } = system);
});
afterAll(() => system[Symbol.asyncDispose]());

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));

/** Brings a member of so much money to where paying is next. */
async function holding({ balance, seats = 1, price }: { balance: number; seats?: number; price?: number }): Promise<{
  readonly member: string;
  readonly token: string;
  readonly held: AnswerBody;
}> {
  const scheduleId = await web.newSchedule(price === undefined ? {} : { price });
  const member = await web.newMember(newMember(), balance);
  const token = await web.admitted(scheduleId, member);
  const path = `/v1/schedules/${scheduleId}/reservations`;
  return { member, token, held: (await web.post(path, { token, body: { bestAvailable: seats } })).body };
}

/** For a transaction that keeps Inventory waiting while others try. */
const lockable = (): Pool =>
  openPool({
    url: system.databaseUrl,
    schema: 'inventory',
    applicationName: 'test',
    max: 1,
    idleInTransactionTimeoutMs: 60_000,
  });

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
  const { member, token, held } = await holding({ balance: 5_000 });
  const path = `/v1/reservations/${held.id}/payment`;
  const answers = await times(50, () => web.post(path, { token }));
  const allowed = [200, 202, 409, 410];
  expect(answers.map(({ status }) => status).filter((status) => !allowed.includes(status))).toEqual([]);
  const reservation = await web.until(`/v1/reservations/${held.id}`, {}, ({ body }) => body.status === 'CONFIRMED');
  expect(reservation.body.amount).toBe(1_000);
  await web.until(`/v1/members/${member}/balance`, {}, ({ body }) => body.held === 0 && body.balance === 4_000);
  const { entries } = (await web.get(`/v1/members/${member}/entries`)).body;
  expect(entries.filter(({ amount }) => amount < 0)).toHaveLength(1);
});

test('a payment that takes longer than anybody waits goes on by itself', async () => {
  const hasty = await system.bff({ WRITE_TIMEOUT_MS: '1000' });
  const { member, token, held } = await holding({ balance: 5_000 });
  await using inventory = lockable();
  const slow = await transaction(inventory, async (client) => {
    // Who confirms has to wait.
    await client.query('select from reservations where id = $1 for update', [held.id]);
    // On a busy machine the second can pass before the payment has begun; under its key it is the same when asked again.
    const sent = { token, key: randomUUID() };
    for (let tries = 0; tries < 20; tries += 1) {
      const answer = await hasty.post(`/v1/reservations/${held.id}/payment`, sent);
      if (answer.status === 202) return answer;
    }
    throw new Error('the payment has not begun');
  });
  expect(slow.body).toMatchObject({ status: 'RESERVED', refundedAmount: 0 });
  expect(slow.headers.location).toBe(`/v1/payments/${slow.body.id}`);
  const paid = await web.until(slow.headers.location ?? '', {}, ({ body }) => body.status === 'PAID');
  expect(paid.body.amount).toBe(1_000);
  expect((await web.get(`/v1/members/${member}/balance`)).body).toMatchObject({ balance: 4_000, held: 0 });
});

test('some seats are given back, then the rest, each for its price', async () => {
  const { member, token, held } = await holding({ balance: 5_000, seats: 3 });
  const paid = await web.post(`/v1/reservations/${held.id}/payment`, { token });
  expect(paid.body).toMatchObject({ status: 'PAID', amount: 3_000, refundedAmount: 0 });
  const [given = 0, ...others] = held.seats.map(({ id }) => id);
  const path = `/v1/payments/${paid.body.id}`;
  const sent = { key: randomUUID(), body: { seatIds: [given] } };
  const part = await web.post(`${path}/refund`, sent);
  expect([part.status, part.body]).toMatchObject([
    200,
    { status: 'PAID', refundedAmount: 1_000, refund: { status: 'REFUNDED', amount: 1_000, seatIds: [given] } },
  ]);
  expect((await web.post(`${path}/refund`, sent)).body.refund).toEqual(part.body.refund);
  const left = await web.get(`/v1/reservations/${held.id}`);
  expect(left.body).toMatchObject({
    status: 'CONFIRMED',
    amount: 3_000,
    refundedSeatIds: [given],
    refundedAmount: 1_000,
    payment: { status: 'PAID' },
  });
  const again = await web.post(`${path}/refund`, { body: { seatIds: [given] } });
  expect([again.status, again.body.reason]).toEqual([409, 'SEAT_REFUNDED']);
  const rest = await web.post(`${path}/refund`);
  expect(rest.body).toMatchObject({ status: 'REFUNDED', refundedAmount: 3_000, refund: { amount: 2_000 } });
  expect(rest.body.refund).not.toHaveProperty('seatIds');
  expect((await web.get(`/v1/reservations/${held.id}`)).body).toMatchObject({
    status: 'REFUNDED',
    refundedSeatIds: [given, ...others],
  });
  expect((await web.get(`/v1/members/${member}/balance`)).body.balance).toBe(5_000);
});

test.each<[string, unknown, [number, string]]>([
  ['no seats', { seatIds: [] }, [400, 'REQUEST_INVALID']],
  ['a seat twice', { seatIds: [1, 1] }, [400, 'REQUEST_INVALID']],
  ['eleven seats', { seatIds: Array.from({ length: 11 }, (_, index) => index + 1) }, [400, 'REQUEST_INVALID']],
  ['a seat by its name', { seatIds: ['A1'] }, [400, 'REQUEST_INVALID']],
  ['seats that nobody has', { seatIds: [9_007_199_254_740_991] }, [404, 'SEAT_UNKNOWN']],
])('a refund of %s is refused', async (_what, body, expected) => {
  const { token, held } = await holding({ balance: 1_000 });
  const paid = await web.post(`/v1/reservations/${held.id}/payment`, { token });
  const refused = await web.post(`/v1/payments/${paid.body.id}/refund`, { body });
  expect([refused.status, refused.body.reason]).toEqual(expected);
});

test('a refund that takes longer than anybody waits goes on by itself', async () => {
  const hasty = await system.bff({ WRITE_TIMEOUT_MS: '1000' });
  const { member, token, held } = await holding({ balance: 1_000 });
  const paid = await web.post(`/v1/reservations/${held.id}/payment`, { token });
  await using inventory = lockable();
  const slow = await transaction(inventory, async (client) => {
    await client.query('select from reservations where id = $1 for update', [held.id]);
    const sent = { key: randomUUID() };
    for (let tries = 0; tries < 20; tries += 1) {
      const answer = await hasty.post(`/v1/payments/${paid.body.id}/refund`, sent);
      if (answer.status === 202) return answer;
    }
    throw new Error('the refund has not begun');
  });
  expect(slow.body).toMatchObject({ status: 'REFUNDING', refundedAmount: 0, refund: { status: 'PENDING' } });
  expect(slow.headers.location).toBe(`/v1/payments/${paid.body.id}`);
  await web.until(slow.headers.location ?? '', {}, ({ body }) => body.status === 'REFUNDED');
  expect((await web.get(`/v1/members/${member}/balance`)).body.balance).toBe(1_000);
});

test('what costs nothing is paid with nothing, and given back', async () => {
  const { member, token, held } = await holding({ balance: 0, price: 0 });
  const path = `/v1/reservations/${held.id}/payment`;
  expect((await web.post(path, { token, body: { amount: 1 } })).body.reason).toBe('AMOUNT_MISMATCH');
  const paid = await web.post(path, { token, body: { amount: 0 } });
  expect([paid.status, paid.body]).toMatchObject([200, { status: 'PAID', amount: 0 }]);
  const refunded = await web.post(`/v1/payments/${paid.body.id}/refund`);
  expect([refunded.status, refunded.body]).toMatchObject([
    200,
    { status: 'REFUNDED', refundedAmount: 0, refund: { amount: 0, status: 'REFUNDED' } },
  ]);
  expect((await web.get(`/v1/members/${member}/balance`)).body).toMatchObject({ balance: 0, held: 0 });
});

test('a payment asked for again under its key is told though it was given back since', async () => {
  const { token, held } = await holding({ balance: 1_000 });
  const sent = { token, key: randomUUID() };
  const paid = await web.post(`/v1/reservations/${held.id}/payment`, sent);
  await web.post(`/v1/payments/${paid.body.id}/refund`);
  const again = await web.post(`/v1/reservations/${held.id}/payment`, sent);
  expect([again.status, again.body]).toMatchObject([200, { id: paid.body.id, status: 'REFUNDED' }]);
});
