import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { newMember, startSystem, type System } from './system.ts';
import type { Answer, Web } from './web.ts';

let system: System;
let web: Web;
let scheduleId: number;
beforeAll(async () => {
  system = await startSystem();
  ({ web } = system);
  scheduleId = await web.newSchedule();
});
afterAll(() => system[Symbol.asyncDispose]());

const outcome = ({ status, body }: Answer): [number, string | undefined] => [status, body.reason];
const fieldsOf = ({ body }: Answer): string[] => [...new Set(body.violations.map(({ field }) => field))];

/** Holds a seat; gives what is needed to go on. */
async function held(balance = 0): Promise<{ member: string; token: string; reservationId: number; amount: number }> {
  const member = await web.newMember(newMember(), balance);
  const token = await web.admitted(scheduleId, member);
  const { body } = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { bestAvailable: 1 } });
  return { member, token, reservationId: body.id, amount: body.amount };
}

describe('an amount', () => {
  const amounts = ['-1', '1.5', '"1000"', '9007199254740993', '1e309', '1e3', 'null', '[]'];

  test.each([...amounts, '0'])('of %s cannot be charged', async (amount) => {
    const member = await web.newMember(newMember(), 0);
    const answer = await web.post(`/v1/members/${member}/charges`, { body: `{"amount":${amount}}` });
    expect(outcome(answer)).toEqual([400, 'REQUEST_INVALID']);
    expect(fieldsOf(answer)).toEqual(['amount']);
    expect((await web.get(`/v1/members/${member}/balance`)).body.balance).toBe(0);
  });

  test.each(amounts)('of %s cannot be paid', async (amount) => {
    const { token, reservationId } = await held(5_000);
    const answer = await web.post(`/v1/reservations/${reservationId}/payment`, { token, body: `{"amount":${amount}}` });
    expect(outcome(answer)).toEqual([400, 'REQUEST_INVALID']);
    expect(fieldsOf(answer)).toEqual(['amount']);
  });

  test('that is missing cannot be charged', async () => {
    expect(fieldsOf(await web.post(`/v1/members/${newMember()}/charges`))).toEqual(['amount']);
    expect(fieldsOf(await web.post(`/v1/members/${newMember()}/charges`, { body: { amuont: 5 } }))).toEqual(['amount']);
  });

  test('that is not the price of the reservation is not paid', async () => {
    const { token, reservationId, amount, member } = await held(5_000);
    const answer = await web.post(`/v1/reservations/${reservationId}/payment`, { token, body: { amount: amount + 1 } });
    expect(outcome(answer)).toEqual([422, 'AMOUNT_MISMATCH']);
    expect((await web.get(`/v1/members/${member}/balance`)).body.balance).toBe(5_000);
  });
});

describe('a path', () => {
  const paths = ['abc', '0', '-1', '1.5', '01', '9223372036854775808', '1%20', '%00', '%ff', '1e3', '٣'];

  test.each(paths)('with the id %s is malformed', async (id) => {
    for (const [method, path] of [
      ['GET', `/v1/concerts/${id}`],
      ['GET', `/v1/concerts/${id}/schedules`],
      ['GET', `/v1/schedules/${id}/seats`],
      ['POST', `/v1/schedules/${id}/queue/tickets`],
      ['GET', `/v1/schedules/${id}/queue/tickets/me`],
      ['GET', `/v1/schedules/${id}/queue/tickets/me/events`],
      ['DELETE', `/v1/schedules/${id}/queue/tickets/me`],
      ['GET', `/v1/reservations/${id}`],
      ['DELETE', `/v1/reservations/${id}`],
      ['POST', `/v1/reservations/${id}/payment`],
      ['GET', `/v1/payments/${id}`],
      ['POST', `/v1/payments/${id}/refund`],
    ] as const) {
      const answer = await web.call(method, path);
      expect([path, ...outcome(answer)]).toEqual([path, 400, 'REQUEST_INVALID']);
      expect(fieldsOf(answer)).toEqual(['id']);
    }
  });

  test.each(['%00', 'a%0Ab', 'x'.repeat(65)])('to the member %s is malformed', async (id) => {
    expect(outcome(await web.get(`/v1/members/${id}/balance`))).toEqual([400, 'REQUEST_INVALID']);
    expect(outcome(await web.get(`/v1/members/${id}/reservations`))).toEqual([400, 'REQUEST_INVALID']);
  });

  test.each(['', '?date=', '?date=today', '?date=2099-1-1', '?date=2099-02-30', '?date=2099-01-01&date=2099-01-02'])(
    'to dates of no day, %s, is malformed',
    async (query) => {
      const answer = await web.get(`/v1/schedules${query}`);
      expect(outcome(answer)).toEqual([400, 'REQUEST_INVALID']);
      expect(fieldsOf(answer)).toEqual(['date']);
    },
  );

  test.each(['CONFIRMED', 'pending', 'EXPIRED'])('to reservations that are %s is malformed', async (status) => {
    const answer = await web.get(`/v1/members/${newMember()}/reservations?status=${status}`);
    expect(outcome(answer)).toEqual([400, 'REQUEST_INVALID']);
    expect(fieldsOf(answer)).toEqual(['status']);
  });

  test('to what does not exist is not found', async () => {
    const id = '9007199254740993';
    const token = await web.admitted(await web.newSchedule(), newMember());
    expect(outcome(await web.get(`/v1/concerts/${id}`))).toEqual([404, 'CONCERT_UNKNOWN']);
    expect(outcome(await web.get(`/v1/concerts/${id}/schedules`))).toEqual([404, 'CONCERT_UNKNOWN']);
    expect(outcome(await web.post(`/v1/schedules/${id}/queue/tickets`, { body: { memberId: '1' } }))).toEqual([
      404,
      'QUEUE_UNKNOWN',
    ]);
    expect(outcome(await web.get(`/v1/reservations/${id}`))).toEqual([404, 'RESERVATION_UNKNOWN']);
    expect(outcome(await web.delete(`/v1/reservations/${id}`))).toEqual([404, 'RESERVATION_UNKNOWN']);
    expect(outcome(await web.post(`/v1/reservations/${id}/payment`, { token }))).toEqual([404, 'RESERVATION_UNKNOWN']);
    expect(outcome(await web.get(`/v1/payments/${id}`))).toEqual([404, 'PAYMENT_UNKNOWN']);
    expect(outcome(await web.post(`/v1/payments/${id}/refund`))).toEqual([404, 'PAYMENT_UNKNOWN']);
    expect(outcome(await web.get(`/v1/members/nobody/balance`))).toEqual([404, 'MEMBER_UNKNOWN']);
    expect(outcome(await web.get(`/v1/members/nobody/entries`))).toEqual([404, 'MEMBER_UNKNOWN']);
    expect(outcome(await web.post(`/v1/members/nobody/charges`, { body: { amount: 1 } }))).toEqual([
      404,
      'MEMBER_UNKNOWN',
    ]);
  });
});

describe('a page', () => {
  test.each(['0', '-1', '101', '1.5', 'ten', '1&pageSize=2'])('of %s is malformed', async (size) => {
    expect(fieldsOf(await web.get(`/v1/concerts?pageSize=${size}`))).toEqual(['pageSize']);
  });

  test.each(['x', 'a'.repeat(513), '%00', '%F0%9F%8E%AB'])('behind the token %s does not exist', async (token) => {
    const paths = ['/v1/concerts', `/v1/members/${newMember()}/reservations`];
    for (const path of paths) {
      expect(outcome(await web.get(`${path}?pageToken=${token}`))).toEqual([400, 'PAGE_TOKEN_INVALID']);
    }
  });
});

describe('a queue token', () => {
  const garbage = ['x', 'a.b.c', `${'x'.repeat(3_000)}`];

  test.each(garbage)('that is none lets nobody in: %s', async (token) => {
    for (const [method, path] of [
      ['GET', `/v1/schedules/${scheduleId}/queue/tickets/me`],
      ['GET', `/v1/schedules/${scheduleId}/queue/tickets/me/events`],
      ['DELETE', `/v1/schedules/${scheduleId}/queue/tickets/me`],
      ['GET', `/v1/schedules/${scheduleId}/seats`],
      ['POST', `/v1/schedules/${scheduleId}/reservations`],
      ['POST', `/v1/reservations/1/payment`],
    ] as const) {
      for (const sent of [{ token }, {}]) {
        const answer = await web.call(method, path, sent);
        expect([path, ...outcome(answer)]).toEqual([path, 401, 'TOKEN_INVALID']);
        expect(answer.headers['www-authenticate']).toBeDefined();
      }
    }
  });

  test('of another date is of no use', async () => {
    const token = await web.admitted(await web.newSchedule(), newMember());
    for (const [method, path] of [
      ['GET', 'queue/tickets/me'],
      ['GET', 'queue/tickets/me/events'],
      ['DELETE', 'queue/tickets/me'],
      ['GET', 'seats'],
      ['POST', 'reservations'],
    ] as const) {
      const answer = await web.call(method, `/v1/schedules/${scheduleId}/${path}`, { token });
      expect([path, ...outcome(answer)]).toEqual([path, 403, 'TOKEN_OF_ANOTHER_SCHEDULE']);
    }
    const { reservationId } = await held(5_000);
    expect((await web.post(`/v1/reservations/${reservationId}/payment`, { token })).status).toBe(404);
  });

  test('that still waits opens nothing', async () => {
    const id = await web.newSchedule({ queue: { maxActive: 1 } });
    await web.admitted(id, newMember());
    const token = await web.join(id, newMember());
    expect(outcome(await web.get(`/v1/schedules/${id}/seats`, { token }))).toEqual([403, 'TICKET_WAITING']);
    const hold = await web.post(`/v1/schedules/${id}/reservations`, { token, body: { bestAvailable: 1 } });
    expect(outcome(hold)).toEqual([403, 'TICKET_WAITING']);
  });

  test('that has expired is gone', async () => {
    const id = await web.newSchedule({ queue: { activeTtlSeconds: 1 } });
    const token = await web.admitted(id, newMember());
    const me = `/v1/schedules/${id}/queue/tickets/me`;
    await web.until(me, { token }, ({ body }) => body.status === 'EXPIRED');
    expect(outcome(await web.get(`/v1/schedules/${id}/seats`, { token }))).toEqual([410, 'TICKET_OVER']);
  });
});

describe('a reservation', () => {
  test('of a seat that somebody else has is refused at once', async () => {
    const id = await web.newSchedule();
    const [first, second] = await Promise.all([web.admitted(id, newMember()), web.admitted(id, newMember())]);
    const seats = await web.get(`/v1/schedules/${id}/seats`, { token: first });
    const body = { seatIds: [seats.list[0]?.id] };
    expect((await web.post(`/v1/schedules/${id}/reservations`, { token: first, body })).status).toBe(201);
    const late = await web.post(`/v1/schedules/${id}/reservations`, { token: second, body });
    expect(outcome(late)).toEqual([409, 'SEAT_TAKEN']);
  });

  test.each<[string, unknown, string[]]>([
    ['nothing', {}, ['']],
    ['both', { seatIds: [1], bestAvailable: 1 }, ['']],
    ['no seat', { seatIds: [] }, ['']],
    ['a seat twice', { seatIds: [1, 1] }, ['seatIds']],
    ['eleven seats', { seatIds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }, ['seatIds']],
    ['seat 0', { seatIds: [0] }, ['seatIds[0]']],
    ['a seat by its name', { seatIds: ['5'] }, ['seatIds[0]']],
    ['the best eleven', { bestAvailable: 11 }, ['bestAvailable']],
    ['the best minus one', { bestAvailable: -1 }, ['', 'bestAvailable']],
    ['the best few', { bestAvailable: 1.5 }, ['bestAvailable']],
    ['a typing mistake', { seatIDs: [1] }, ['']],
  ])('of %s is malformed', async (_what, body, fields) => {
    const token = await web.join(scheduleId, newMember());
    const answer = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body });
    expect(outcome(answer)).toEqual([400, 'REQUEST_INVALID']);
    expect(fieldsOf(answer).sort()).toEqual(fields);
  });

  test('of a seat that does not exist, or of another date, is not found', async () => {
    const other = await web.newSchedule();
    const [token, otherToken] = await Promise.all([
      web.admitted(scheduleId, newMember()),
      web.admitted(other, newMember()),
    ]);
    const seats = await web.get(`/v1/schedules/${other}/seats`, { token: otherToken });
    for (const seatId of [9_007_199_254_740_991, seats.list[0]?.id]) {
      const answer = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { seatIds: [seatId] } });
      expect(outcome(answer)).toEqual([404, 'SEAT_UNKNOWN']);
    }
  });

  test('is over when its hold has run out', async () => {
    const concert = await web.admin('POST', '/concerts', { body: { name: 'Short' } });
    const schedule = await web.admin('POST', `/concerts/${concert.body.id}/schedules`, {
      body: { date: '2099-01-01', price: 1_000, holdSeconds: 1 },
    });
    const member = await web.newMember(newMember(), 5_000);
    const token = await web.admitted(schedule.body.id, member);
    const hold = await web.post(`/v1/schedules/${schedule.body.id}/reservations`, {
      token,
      body: { bestAvailable: 1 },
    });
    const path = `/v1/reservations/${hold.body.id}`;
    await web.until(path, { token }, ({ body }) => body.status === 'EXPIRED');
    expect(outcome(await web.post(`${path}/payment`, { token }))).toEqual([410, 'HOLD_OVER']);
    expect((await web.get(`/v1/members/${member}/balance`)).body).toMatchObject({ balance: 5_000, held: 0 });
  });

  test('that is paid is neither paid again nor given back', async () => {
    const { token, reservationId, member, amount } = await held(5_000);
    const path = `/v1/reservations/${reservationId}`;
    expect((await web.post(`${path}/payment`, { token })).status).toBe(200);
    // The ticket may be over already: then that is what is said.
    const again = await web.post(`${path}/payment`, { token });
    expect([409, 410]).toContain(again.status);
    expect(['RESERVATION_PAID', 'TICKET_OVER']).toContain(again.body.reason);
    expect(outcome(await web.delete(path, { token }))).toEqual([409, 'RESERVATION_PAID']);
    expect((await web.get(`/v1/members/${member}/balance`)).body.balance).toBe(5_000 - amount);
  });

  test('that is not paid cannot be refunded', async () => {
    const { token, reservationId } = await held();
    const declined = await web.post(`/v1/reservations/${reservationId}/payment`, { token });
    expect(outcome(declined)).toEqual([402, 'BALANCE_TOO_LOW']);
  });
});

describe('an idempotency key', () => {
  test.each(['1', 'not-a-uuid', randomUUID() + '0', '{}'])('is a UUID, not %s', async (key) => {
    const member = newMember();
    for (const [path, body] of [
      ['/v1/members', { id: member }],
      [`/v1/members/${member}/charges`, { amount: 1 }],
      [`/v1/schedules/${scheduleId}/queue/tickets`, { memberId: member }],
      ['/v1/payments/1/refund', undefined],
    ] as const) {
      const answer = await web.post(path, { key, body });
      expect([path, ...outcome(answer)]).toEqual([path, 400, 'REQUEST_INVALID']);
      expect(fieldsOf(answer)).toEqual(['Idempotency-Key']);
    }
  });

  test('makes a retry safe, and another request under it a mistake', async () => {
    const member = await web.newMember(newMember(), 0);
    const key = randomUUID();
    const path = `/v1/members/${member}/charges`;
    const first = await web.post(path, { key, body: { amount: 100 } });
    const retry = await web.post(path, { key: key.toUpperCase(), body: { amount: 100 } });
    expect([retry.status, retry.body]).toEqual([201, first.body]);
    expect(outcome(await web.post(path, { key, body: { amount: 101 } }))).toEqual([422, 'REQUEST_ID_REUSED']);
    expect((await web.get(`/v1/members/${member}/balance`)).body.balance).toBe(100);
  });

  test('of a hold and of a payment gives the same answer', async () => {
    const member = await web.newMember(newMember(), 5_000);
    const token = await web.admitted(scheduleId, member);
    const path = `/v1/schedules/${scheduleId}/reservations`;
    const sent = { token, key: randomUUID(), body: { bestAvailable: 1 } };
    const [first, retry] = [await web.post(path, sent), await web.post(path, sent)];
    expect([retry.status, retry.body.id]).toEqual([201, first.body.id]);
    const payment = { token, key: randomUUID() };
    const paid = await web.post(`/v1/reservations/${first.body.id}/payment`, payment);
    const again = await web.post(`/v1/reservations/${first.body.id}/payment`, payment);
    expect([again.status, again.body.id]).toEqual([200, paid.body.id]);
  });
});

describe('a member', () => {
  test.each<[string, unknown]>([
    ['nobody', {}],
    ['nothing', { memberId: '' }],
    ['null', { memberId: null }],
    ['half a number', { memberId: 1.5 }],
    ['a list', { memberId: ['1'] }],
    ['a control character', { memberId: 'a\u0000' }],
    ['too many characters', { memberId: 'x'.repeat(65) }],
    ['half a character', '{"memberId":"\\ud800"}'],
  ])('who is %s cannot join', async (_what, body) => {
    const answer = await web.post(`/v1/schedules/${scheduleId}/queue/tickets`, { body });
    expect(outcome(answer)).toEqual([400, 'REQUEST_INVALID']);
    expect(fieldsOf(answer)).toEqual(['memberId']);
  });

  test('can have any name of up to 64 characters', async () => {
    for (const memberId of ['🎫'.repeat(64), 'a/b?c#d', "'; drop table tickets; --"]) {
      const id = encodeURIComponent(memberId);
      expect((await web.post(`/v1/schedules/${scheduleId}/queue/tickets`, { body: { memberId } })).status).toBe(201);
      expect((await web.newMember(memberId, 0)) && (await web.get(`/v1/members/${id}/balance`)).status).toBe(200);
    }
  });

  test('without a name cannot be entered', async () => {
    expect(fieldsOf(await web.post('/v1/members', { body: { id: '' } }))).toEqual(['id']);
    expect(fieldsOf(await web.post('/v1/members', { body: { id: 'x'.repeat(65) } }))).toEqual(['id']);
  });
});

describe('somebody else’s', () => {
  test('reservation looks unknown to whoever says who they are', async () => {
    const { member, reservationId, token } = await held(5_000);
    const stranger = await web.join(scheduleId, newMember());
    const path = `/v1/reservations/${reservationId}`;
    for (const method of ['GET', 'DELETE']) {
      expect(outcome(await web.call(method, path, { token: stranger }))).toEqual([404, 'RESERVATION_UNKNOWN']);
      expect(outcome(await web.call(method, `${path}?memberId=nobody`))).toEqual([404, 'RESERVATION_UNKNOWN']);
      expect(outcome(await web.call(method, `${path}?memberId=nobody`, { token }))).toEqual([
        404,
        'RESERVATION_UNKNOWN',
      ]);
    }
    expect((await web.get(`${path}?memberId=${member}`, { token })).status).toBe(200);
    expect((await web.post(`${path}/payment`, { token: await web.admitted(scheduleId, newMember()) })).status).toBe(
      404,
    );
  });

  test('payment looks unknown to whoever says who they are', async () => {
    const { reservationId, token } = await held(5_000);
    const { body } = await web.post(`/v1/reservations/${reservationId}/payment`, { token });
    const stranger = await web.join(scheduleId, newMember());
    expect(outcome(await web.get(`/v1/payments/${body.id}`, { token: stranger }))).toEqual([404, 'PAYMENT_UNKNOWN']);
    expect(outcome(await web.post(`/v1/payments/${body.id}/refund`, { token: stranger }))).toEqual([
      404,
      'PAYMENT_UNKNOWN',
    ]);
    expect((await web.get(`/v1/payments/${body.id}`, { token })).body.status).toBe('PAID');
  });
});
