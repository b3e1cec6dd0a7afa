import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { SseReader } from './sse-reader.ts';
import { newMember, startSystem, type System } from './system.ts';
import type { Answer, AnswerBody, Web } from './web.ts';

let system: System;
let web: Web;
beforeAll(async () => {
  system = await startSystem({ instances: 2 });
  ({ web } = system);
});
afterAll(() => system[Symbol.asyncDispose]());

const outcome = ({ status, body }: Answer): [number, string | undefined] => [status, body.reason];
const seatsOf = (scheduleId: number) => `/v1/schedules/${scheduleId}/seats`;
const listOf = (reader: SseReader, index = -1) => reader.events.at(index)?.data as unknown as readonly AnswerBody[];

/** A date with seats whose names are Korean, and somebody who is admitted. */
async function date(): Promise<{ scheduleId: number; memberId: string; token: string }> {
  const concert = await web.admin('POST', '/concerts', { body: { name: '콘서트' } });
  const layout = [{ section: '가구역', rows: 2, seatsPerRow: 5, price: 1_000 }];
  const body = { date: '2099-12-24', layout };
  const scheduleId = (await web.admin('POST', `/concerts/${concert.body.id}/schedules`, { body })).body.id;
  const memberId = await web.newMember(newMember(), 10_000);
  return { scheduleId, memberId, token: await web.admitted(scheduleId, memberId) };
}

function open(scheduleId: number, token: string, { url } = web): Promise<SseReader> {
  return SseReader.open(`${url}${seatsOf(scheduleId)}/events`, { 'queue-token': token });
}

const hold = (scheduleId: number, token: string, seatIds: readonly (number | undefined)[]) =>
  web.post(`/v1/schedules/${scheduleId}/reservations`, { token, body: { seatIds } });

/** How the seats of a list stand, by id. */
const states = (list: readonly AnswerBody[]) => Object.fromEntries(list.map(({ id, status }) => [id, status]));

describe('a list of seats', () => {
  test('shows its reader at once what the reader has done', async () => {
    const { scheduleId, token } = await date();
    const list = async () => (await web.get(seatsOf(scheduleId), { token })).list;
    const [first, second] = (await list()).map(({ id }) => id);
    const held = await hold(scheduleId, token, [first, second]);
    expect(states((await list()).slice(0, 3))).toMatchObject({ [first ?? 0]: 'HELD', [second ?? 0]: 'HELD' });
    await web.delete(`/v1/reservations/${held.body.id}`, { token });
    expect(new Set((await list()).map(({ status }) => status))).toEqual(new Set(['OPEN']));
    const again = await hold(scheduleId, token, [first, second]);
    const paid = await web.post(`/v1/reservations/${again.body.id}/payment`, { token });
    // The ticket is over with the payment: somebody else looks.
    const other = await web.admitted(scheduleId, newMember());
    expect(states((await web.get(seatsOf(scheduleId), { token: other })).list)).toMatchObject({
      [first ?? 0]: 'SOLD',
      [second ?? 0]: 'SOLD',
    });
    await web.post(`/v1/payments/${paid.body.id}/refund`, { body: { seatIds: [second] } });
    expect(states((await web.get(seatsOf(scheduleId), { token: other })).list)).toMatchObject({
      [first ?? 0]: 'SOLD',
      [second ?? 0]: 'OPEN',
    });
  });

  test('is not sent again to who has it, and to nobody without an admitted ticket', async () => {
    const { scheduleId, token } = await date();
    const answer = await web.get(seatsOf(scheduleId), { token });
    expect(answer.headers['cache-control']).toBe('private, no-cache');
    const headers = { 'if-none-match': answer.headers.etag ?? '' };
    const again = await web.get(seatsOf(scheduleId), { token, headers });
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', answer.headers.etag]);
    await hold(scheduleId, token, [answer.list[0]?.id]);
    expect((await web.get(seatsOf(scheduleId), { token, headers })).status).toBe(200);
    await web.delete(`/v1/schedules/${scheduleId}/queue/tickets/me`, { token });
    await web.until(seatsOf(scheduleId), { token, headers }, ({ status }) => status === 410);
  });

  test('of a date that is not there, with the token of another, is none', async () => {
    const { token } = await date();
    expect(outcome(await web.get(seatsOf(999_999), { token }))).toEqual([403, 'TOKEN_OF_ANOTHER_SCHEDULE']);
  });
});

describe('a stream of seats', () => {
  test('tells one reader what another has done, at this BFF or another', async () => {
    const { scheduleId, token } = await date();
    const elsewhere = await system.bff();
    const readers = [await open(scheduleId, token), await open(scheduleId, token, elsewhere)];
    await Promise.all(readers.map((reader) => reader.until(() => reader.events.length > 0)));
    const list = await web.get(seatsOf(scheduleId), { token });
    const [first] = list.list;
    expect(first?.section).toBe('가구역');
    for (const reader of readers) {
      expect(reader.last?.event).toBe('map');
      expect(listOf(reader)).toEqual(list.list);
    }
    const other = await web.admitted(scheduleId, newMember());
    const held = await hold(scheduleId, other, [first?.id]);
    for (const reader of readers) {
      await reader.until(() => reader.events.length > 1);
      expect(reader.last?.event).toBe('change');
      expect(listOf(reader)).toEqual([{ ...first, status: 'HELD' }]);
    }
    await web.delete(`/v1/reservations/${held.body.id}`, { token: other });
    for (const reader of readers) {
      await reader.until(() => listOf(reader)[0]?.status === 'OPEN');
      expect(reader.events).toHaveLength(3);
      reader.close();
    }
  });

  test('ends with the ticket', async () => {
    const { scheduleId, token } = await date();
    const reader = await SseReader.open(`${web.url}${seatsOf(scheduleId)}/events?token=${token}`);
    await reader.until(() => reader.events.length > 0);
    await web.delete(`/v1/schedules/${scheduleId}/queue/tickets/me`, { token });
    await reader.until(() => reader.ended);
    expect(reader.last).toMatchObject({ event: 'over', data: { status: 'LEFT', ahead: 0 } });
    expect((await open(scheduleId, token)).status).toBe(410);
  });

  test('is for whom the list is for, and not for more than may be', async () => {
    const { scheduleId, token } = await date();
    const events = `${seatsOf(scheduleId)}/events`;
    expect(outcome(await web.get(events))).toEqual([401, 'TOKEN_INVALID']);
    expect((await web.call('HEAD', events, { token })).status).toBe(400);
    const { body } = await web.get(`/v1/schedules/${scheduleId}/queue/tickets/me`, { token });
    expect(body.status).toBe('ADMITTED');
    const paused = await web.newSchedule({ queue: { maxActive: 0 } });
    await web.admin('POST', `/schedules/${paused}/queue/pause`);
    const waiting = await web.join(paused, newMember());
    expect(outcome(await web.get(`${seatsOf(paused)}/events`, { token: waiting }))).toEqual([403, 'TICKET_WAITING']);
    expect(outcome(await web.get(events, { token: waiting }))).toEqual([403, 'TOKEN_OF_ANOTHER_SCHEDULE']);
    const readers = await Promise.all(Array.from({ length: 4 }, () => open(scheduleId, token)));
    expect(readers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(outcome(await web.get(events, { token }))).toEqual([429, 'STREAM_LIMIT']);
    readers.forEach((reader) => reader.close());
  });
});

test('a hold is extended, once', async () => {
  const { scheduleId, token } = await date();
  const [first] = (await web.get(seatsOf(scheduleId), { token })).list;
  const held = await hold(scheduleId, token, [first?.id]);
  const extension = `/v1/reservations/${held.body.id}/extension`;
  const extended = await web.post(extension, { token, body: {} });
  expect(extended.status).toBe(200);
  const end = (answer: Answer) => Date.parse((answer.body as unknown as { expiresAt: string }).expiresAt);
  expect(end(extended)).toBeGreaterThan(end(held));
  expect(outcome(await web.post(extension, { token }))).toEqual([409, 'HOLD_EXTENDED']);
  expect(outcome(await web.post(extension))).toEqual([401, 'TOKEN_INVALID']);
  const other = await web.admitted(scheduleId, newMember());
  expect(outcome(await web.post(extension, { token: other }))).toEqual([404, 'RESERVATION_UNKNOWN']);
});

test('a BFF that drains ends its streams, and without the Inventory there are none', async () => {
  const { scheduleId, token } = await date();
  const elsewhere = await system.bff();
  const [ending, staying] = [await open(scheduleId, token, elsewhere), await open(scheduleId, token)];
  await Promise.all([ending, staying].map((reader) => reader.until(() => reader.events.length > 0)));
  await elsewhere[Symbol.asyncDispose]();
  await ending.until(() => ending.ended);
  expect(staying.ended).toBe(false);
  await system.stop('inventory');
  const away = await web.until(seatsOf(scheduleId), { token }, ({ status }) => status === 503);
  expect(outcome(away)).toEqual([503, 'DEPENDENCY_UNAVAILABLE']);
  expect((await open(scheduleId, token)).status).toBe(503);
  expect(staying.ended).toBe(false);
  staying.close();
});
