import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { newMember, startSystem, type System } from './system.ts';
import type { Answer, AnswerBody, Web } from './web.ts';

let system: System;
let web: Web;
beforeAll(async () => {
  system = await startSystem();
  ({ web } = system);
});
afterAll(() => system[Symbol.asyncDispose]());

const outcome = ({ status, body }: Answer): [number, string | undefined] => [status, body.reason];
const fieldsOf = ({ body }: Answer): string[] => body.violations.map(({ field }) => field);

interface Bought {
  readonly scheduleId: number;
  readonly memberId: string;
  readonly reservation: AnswerBody;
  readonly payment: AnswerBody;
}

/** Buys the two best seats of a new date, at 1,000 each. */
async function bought(): Promise<Bought> {
  const scheduleId = await web.newSchedule({ seatCount: 5 });
  const memberId = await web.newMember(newMember(), 10_000);
  const token = await web.admitted(scheduleId, memberId);
  const held = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { bestAvailable: 2 } });
  const paid = await web.post(`/v1/reservations/${held.body.id}/payment`, { token, body: {} });
  return { scheduleId, memberId, reservation: held.body, payment: paid.body };
}

describe('an operator’s desk', () => {
  const calls = [
    ['GET', '/queues', undefined],
    ['POST', '/schedules/1/prices', { price: 1 }],
    ['POST', '/schedules/1/cancellation', {}],
    ['GET', '/schedules/1/live', undefined],
    ['GET', '/members/m', undefined],
    ['GET', '/members/m/reservations', undefined],
    ['GET', '/members/m/entries', undefined],
    ['GET', '/reservations/1', undefined],
    ['GET', '/payments/1', undefined],
    ['POST', '/payments/1/refund', {}],
    ['GET', '/actions', undefined],
  ] as const;

  test.each(calls)('needs an operator’s key: %s %s', async (method, path, body) => {
    const call = async (bearer?: string) => {
      const sent = { ...(body && { body }), ...(bearer !== undefined && { bearer }) };
      return outcome(await web.call(method, `/v1/admin${path}`, sent));
    };
    expect(await call()).toEqual([401, 'KEY_MISSING']);
    expect(await call('bo_operator_x')).toEqual([401, 'KEY_INVALID']);
  });

  test('shows a member, what they hold and what they paid', async () => {
    const { memberId, reservation, payment } = await bought();
    const get = async (path: string) => (await web.admin('GET', path)).body;
    expect(await get(`/members/${memberId}`)).toEqual({ id: memberId, balance: 8_000, held: 0, currency: 'KRW' });
    expect((await get(`/members/${memberId}/reservations`)).reservations.map(({ id }) => id)).toEqual([reservation.id]);
    expect((await get(`/members/${memberId}/entries`)).entries.map(({ amount }) => amount)).toEqual([-2_000, 10_000]);
    expect(await get(`/reservations/${reservation.id}`)).toMatchObject({ memberId, status: 'CONFIRMED' });
    expect(await get(`/payments/${payment.id}`)).toMatchObject({ memberId, status: 'PAID', amount: 2_000 });
    expect(outcome(await web.admin('GET', '/members/nobody'))).toEqual([404, 'MEMBER_UNKNOWN']);
    expect(outcome(await web.admin('GET', '/payments/9007199254740991'))).toEqual([404, 'PAYMENT_UNKNOWN']);
  });

  test('refunds some seats and then the rest, once under one key', async () => {
    const { memberId, reservation, payment } = await bought();
    const refund = (body: object, key?: string) =>
      web.admin('POST', `/payments/${payment.id}/refund`, { body, ...(key !== undefined && { key }) });
    expect(fieldsOf(await refund({ seatIds: [] }))).toEqual(['seatIds']);
    const key = randomUUID();
    const seatIds = reservation.seats.slice(0, 1).map(({ id }) => id);
    const some = await refund({ seatIds }, key);
    expect([some.status, some.body.refundedAmount, some.body.status]).toEqual([200, 1_000, 'PAID']);
    expect((await refund({ seatIds }, key)).headers['idempotency-replayed']).toBe('true');
    expect((await refund({})).body).toMatchObject({ status: 'REFUNDED', refundedAmount: 2_000 });
    expect((await web.admin('GET', `/members/${memberId}`)).body.balance).toBe(10_000);
  });
});

describe('a date', () => {
  test('tells live how it is doing', async () => {
    const { scheduleId } = await bought();
    const token = await web.admitted(scheduleId, newMember());
    await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { bestAvailable: 1 } });
    const live = await web.admin('GET', `/schedules/${scheduleId}/live`);
    expect(live.status).toBe(200);
    expect(live.body).toEqual({
      at: expect.stringMatching(/Z$/),
      schedule: expect.objectContaining({ id: scheduleId, totalSeats: 5 }),
      queue: expect.objectContaining({ scheduleId, state: 'OPEN', admittedTotal: 2 }),
      seats: { open: 2, held: 1, sold: 2 },
      payments: { reserved: 0, paid: 1, voided: 0, declined: 0, refunding: 0, refunded: 0 },
      revenue: 2_000,
      currency: 'KRW',
      process: expect.any(String),
      answers: expect.any(Number),
      errors: 0,
    });
    const again = (await web.admin('GET', `/schedules/${scheduleId}/live`)).body as unknown as { answers: number };
    expect(again.answers).toBe((live.body as unknown as { answers: number }).answers + 1);
    expect(outcome(await web.admin('GET', '/schedules/9007199254740991/live'))).toEqual([404, 'SCHEDULE_UNKNOWN']);
  });

  test('has its prices changed: of all seats, a section or some', async () => {
    const { body: concert } = await web.admin('POST', '/concerts', { body: { name: 'Prices' } });
    const layout = ['R', 'S'].map((section) => ({ section, rows: 1, seatsPerRow: 2, price: 10 }));
    const date = { date: '2099-12-24', layout };
    const { id } = (await web.admin('POST', `/concerts/${concert.id}/schedules`, { body: date })).body;
    const token = await web.admitted(id, newMember());
    const seats = (await web.get(`/v1/schedules/${id}/seats`, { token })).list;
    const change = (body: object) => web.admin('POST', `/schedules/${id}/prices`, { body });
    const changed = async (body: object) => (await change(body)).body as unknown;
    expect(await changed({ price: 20 })).toEqual({ changed: 4 });
    expect(await changed({ price: 30, section: 'S' })).toEqual({ changed: 2 });
    expect(await changed({ price: 0, seatIds: [seats[0]?.id] })).toEqual({ changed: 1 });
    expect(fieldsOf(await change({}))).toEqual(['price']);
    expect(fieldsOf(await change({ price: -1 }))).toEqual(['price']);
    expect(fieldsOf(await change({ price: 1, seatIds: [] }))).toEqual(['seatIds']);
    expect(fieldsOf(await change({ price: 1, section: '' }))).toEqual(['section']);
    expect(fieldsOf(await change({ price: 1, seatIds: [1], section: 'S' }))).toEqual(['section']);
    expect(outcome(await change({ price: 1, section: 'T' }))).toEqual([404, 'SEAT_UNKNOWN']);
  });

  test('is called off, and tells how many reservations that ended', async () => {
    const scheduleId = await web.newSchedule();
    const token = await web.admitted(scheduleId, newMember());
    await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { bestAvailable: 1 } });
    const cancel = () => web.admin('POST', `/schedules/${scheduleId}/cancellation`, { body: {} });
    expect((await cancel()).body).toMatchObject({ id: scheduleId, cancelledReservations: 1 });
    expect((await cancel()).body).toMatchObject({ id: scheduleId, cancelledReservations: 0 });
    const late = await web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { bestAvailable: 1 } });
    expect(outcome(late)).toEqual([409, 'SCHEDULE_CANCELLED']);
  });
});

describe('queues', () => {
  test('are listed page by page', async () => {
    const made = [await web.newSchedule(), await web.newSchedule(), await web.newSchedule()];
    const seen: number[] = [];
    let pageToken = '';
    do {
      const query = `pageSize=2&pageToken=${encodeURIComponent(pageToken)}`;
      const { body } = await web.admin('GET', `/queues?${query}`);
      const { queues, nextPageToken } = body as unknown as { queues: { scheduleId: number }[]; nextPageToken?: string };
      seen.push(...queues.map(({ scheduleId }) => scheduleId));
      pageToken = nextPageToken ?? '';
    } while (pageToken !== '');
    expect(seen).toEqual(expect.arrayContaining(made));
    expect(new Set(seen).size).toBe(seen.length);
    const listed = (await web.admin('GET', '/queues?pageSize=100')).body as unknown as {
      queues: { scheduleId: number; schedule: { id: number; concertName: string } }[];
    };
    expect(listed.queues.find(({ scheduleId }) => scheduleId === made[0])?.schedule).toMatchObject({
      id: made[0],
      concertName: 'Concert',
    });
    expect(fieldsOf(await web.admin('GET', '/queues?state=BUSY'))).toEqual(['state']);
    await web.admin('POST', `/schedules/${made[1]}/queue/pause`);
    const paused = (await web.admin('GET', '/queues?state=PAUSED')).body as unknown as typeof listed;
    expect(paused.queues.map(({ scheduleId }) => scheduleId)).toEqual([made[1]]);
  });
});

describe('what operators did', () => {
  interface Listed {
    readonly id: string;
    readonly at: string;
    readonly operator: string;
    readonly action: string;
    readonly subject: string;
    readonly details: object;
  }
  async function page(query: string): Promise<{ actions: Listed[]; nextPageToken?: string }> {
    return (await web.admin('GET', `/actions?${query}`)).body as unknown as {
      actions: Listed[];
      nextPageToken?: string;
    };
  }

  test('is one list of all services, newest first', async () => {
    const { scheduleId, payment } = await bought();
    await web.admin('PATCH', `/schedules/${scheduleId}/queue`, { body: { maxActive: 7 } });
    await web.admin('POST', `/payments/${payment.id}/refund`, { body: {} });
    await web.admin('POST', `/schedules/${scheduleId}/prices`, { body: { price: 5 } });
    const { actions } = await page('pageSize=5');
    expect(actions.map(({ action, subject }) => [action, subject])).toEqual([
      ['ChangePrice', `schedules/${scheduleId}`],
      ['Refund', `payments/${payment.id}`],
      ['UpdatePolicy', `queues/${scheduleId}`],
      ['OpenQueue', `queues/${scheduleId}`],
      ['CreateSchedule', `schedules/${scheduleId}`],
    ]);
    expect(actions[0]).toEqual({
      id: expect.stringMatching(/^inventory-\d+$/),
      at: expect.stringMatching(/Z$/),
      operator: 'operator',
      action: 'ChangePrice',
      subject: `schedules/${scheduleId}`,
      details: { price: '5' },
    });
  });

  test('is paged, each once, whatever is done in the meantime', async () => {
    const all = (await page('pageSize=100')).actions.map(({ id }) => id);
    const seen: string[] = [];
    let pageToken: string | undefined = '';
    while (pageToken !== undefined) {
      const { actions, nextPageToken } = await page(`pageSize=3&pageToken=${pageToken}`);
      seen.push(...actions.map(({ id }) => id));
      pageToken = nextPageToken;
      if (pageToken !== undefined) await web.newSchedule({ seatCount: 1 });
    }
    expect(seen).toEqual(all);
    expect(outcome(await web.admin('GET', '/actions?pageToken=made-up'))).toEqual([400, 'PAGE_TOKEN_INVALID']);
  });
});
