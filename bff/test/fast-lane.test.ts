import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { newMember, startSystem, type System } from './system.ts';
import type { Answer, Sent, Web } from './web.ts';

let system: System;
let web: Web;
let scheduleId: number;
beforeAll(async () => {
  system = await startSystem();
  ({ web } = system);
  scheduleId = await web.newSchedule({ queue: { maxActive: 1 } });
  await web.admitted(scheduleId, newMember());
});
afterAll(() => system[Symbol.asyncDispose]());

const tickets = (id: number | string = scheduleId): string => `/v1/schedules/${id}/queue/tickets`;

/** Only the onion answers requests that name an origin; no origin is allowed here, so the answer is the same. */
const throughTheOnion = { origin: 'https://elsewhere.example' };
const requestId = 'request-0001';

/** What an answer is, but for what no two answers share: the date, and what grows with each ticket. Its length has to be right. */
function essence({ status, headers, text }: Answer): object {
  const lengthIsRight = Number(headers['content-length']) === Buffer.byteLength(text);
  const shared = { ...headers, date: undefined, 'content-length': undefined };
  const said = text.replace(/"token":"[^"]*","number":\d+/, '').replace(/"ahead":\d+/, '');
  return { status, headers: shared, lengthIsRight, text: said };
}

async function bothWays(method: string, path: string, sent: () => Sent): Promise<[object, object]> {
  const send = async (headers: object): Promise<object> => {
    const { headers: own, ...rest } = sent();
    return essence(
      await web.call(method, path, { ...rest, headers: { 'x-request-id': requestId, ...own, ...headers } }),
    );
  };
  return [await send({}), await send(throughTheOnion)];
}

describe('the fast lane answers what the onion answers', () => {
  test('to a join', async () => {
    const [lane, onion] = await bothWays('POST', tickets(), () => ({ body: { memberId: newMember() } }));
    expect(lane).toEqual(onion);
    expect(lane).toMatchObject({ status: 201, headers: { 'x-request-id': requestId, 'cache-control': 'no-store' } });
  });

  test.each<[string, unknown]>([
    ['an empty name', { memberId: '' }],
    ['a long name', { memberId: 'x'.repeat(65) }],
    ['a control character', { memberId: 'a\u0001' }],
    ['a number', { memberId: 12 }],
    ['escapes and emoji', { memberId: 'a"\\🎫' }],
    ['another field', { memberId: 'm', more: 1 }],
    ['no member', {}],
    ['a list', []],
    ['no JSON', '{"memberId": "m"'],
    ['half a character', '{"memberId":"\ud800"}'],
  ])('to a join with %s', async (_name, body) => {
    const [lane, onion] = await bothWays('POST', tickets(), () => ({ body }));
    expect({ ...lane, status: 0 }).toEqual({ ...onion, status: 0 });
  });

  test.each<[string, Buffer]>([
    ['bytes that are not UTF-8', Buffer.from('{"memberId":"a\xff"}', 'latin1')],
    ['half of a character of two bytes', Buffer.from('{"memberId":"a\xc3"}', 'latin1')],
    ['white space that JSON has not', Buffer.from('\u00a0{"memberId":"m"}')],
    ['a byte order mark', Buffer.from('\ufeff{"memberId":"marked"}')],
    ['the replacement character itself', Buffer.from('{"memberId":"\ufffd"}')],
  ])('to a join with %s', async (_name, body) => {
    const [lane, onion] = await bothWays('POST', tickets(), () => ({ body }));
    expect({ ...lane, status: 0 }).toEqual({ ...onion, status: 0 });
  });

  test('to joins whose names differ in bytes that are not UTF-8: neither is taken for the other', async () => {
    for (const byte of ['\xfe', '\xff']) {
      const { status, body } = await web.post(tickets(), { body: Buffer.from(`{"memberId":"${byte}"}`, 'latin1') });
      expect([status, body.reason]).toEqual([400, 'REQUEST_INVALID']);
    }
  });

  test.each<[string, Record<string, string>]>([
    ['another type', { 'content-type': 'text/plain' }],
    ['a charset', { 'content-type': 'application/json; charset=utf-8' }],
    ['an odd Idempotency-Key', { 'idempotency-key': 'x' }],
    ['a body that is not gzip', { 'content-encoding': 'gzip' }],
  ])('to a join with %s', async (_name, headers) => {
    const [lane, onion] = await bothWays('POST', tickets(), () => ({ body: { memberId: newMember() }, headers }));
    expect(lane).toEqual(onion);
  });

  test('to a poll', async () => {
    const token = await web.join(scheduleId, newMember());
    const [lane, onion] = await bothWays('GET', `${tickets()}/me`, () => ({ token }));
    expect(lane).toEqual(onion);
    expect(lane).toMatchObject({ status: 200, headers: { 'content-type': 'application/json; charset=utf-8' } });
  });

  test.each<[string, () => string, Sent]>([
    ['without a token', () => tickets(), {}],
    ['with a token that is none', () => tickets(), { token: 'x' }],
    ['of a date that is none', () => tickets('1e3'), {}],
    ['of a date that does not exist', () => tickets(999_999), {}],
  ])('to a poll %s', async (_name, path, sent) => {
    const [lane, onion] = await bothWays('GET', `${path()}/me`, () => sent);
    expect(lane).toEqual(onion);
  });

  test('to a poll with the token of another date', async () => {
    const other = await web.newSchedule();
    const token = await web.join(scheduleId, newMember());
    const [lane, onion] = await bothWays('GET', `${tickets(other)}/me`, () => ({ token }));
    expect(lane).toEqual(onion);
    expect(lane).toMatchObject({ status: 403 });
  });

  test('to a join of a queue that does not exist, is closed, or is full', async () => {
    const closed = await web.newSchedule();
    await web.admin('POST', `/schedules/${closed}/queue/close`);
    const full = await web.newSchedule({ queue: { maxActive: 1, maxWaiting: 1 } });
    await web.admin('POST', `/schedules/${full}/queue/pause`);
    await web.join(full, newMember());
    for (const [id, status, reason] of [
      [999_999, 404, 'QUEUE_UNKNOWN'],
      [closed, 409, 'QUEUE_CLOSED'],
      [full, 429, 'QUEUE_FULL'],
    ] as const) {
      const [lane, onion] = await bothWays('POST', tickets(id), () => ({ body: { memberId: newMember() } }));
      expect(lane).toEqual(onion);
      expect(lane).toMatchObject({ status, text: expect.stringContaining(reason) });
    }
  });
});

describe('the fast lane answers of the catalogue what the onion answers', () => {
  let concertId: number;
  let etag: string;
  const paths = (): string[] => [
    `/v1/concerts/${concertId}`,
    '/v1/concerts',
    `/v1/concerts/${concertId}/schedules`,
    `/v1/schedules/${scheduleId}`,
    '/v1/schedules?date=2099-12-24',
  ];
  beforeAll(async () => {
    const { body } = await web.admin('POST', '/concerts', { body: { name: '가을 “음악회” 🎫', description: 'A\nB' } });
    concertId = body.id;
    // Through the onion, which remembers it.
    ({ etag = '' } = (await web.get(`/v1/concerts/${concertId}`, { headers: throughTheOnion })).headers);
  });

  test.each(['GET', 'HEAD'])('to %s', async (method) => {
    for (const path of paths()) {
      await web.get(path, { headers: throughTheOnion });
      const [lane, onion] = await bothWays(method, path, () => ({}));
      expect(lane).toEqual(onion);
      expect(lane).toMatchObject({ status: 200, headers: { 'cache-control': 'public, max-age=1' } });
    }
  });

  test.each<[string, () => Record<string, string>, number]>([
    ['its tag', () => ({ 'if-none-match': etag }), 304],
    ['its tag, weakly', () => ({ 'if-none-match': `W/${etag}` }), 304],
    ['another tag', () => ({ 'if-none-match': '"other"' }), 200],
    ['several tags', () => ({ 'if-none-match': `"other", ${etag}` }), 304],
    ['any tag', () => ({ 'if-none-match': '*' }), 304],
    ['no tag', () => ({ 'if-none-match': 'nonsense' }), 200],
    ['an empty tag', () => ({ 'if-none-match': '' }), 200],
    ['its tag and no patience', () => ({ 'if-none-match': etag, 'cache-control': 'no-cache' }), 200],
    ['its tag and a date', () => ({ 'if-none-match': etag, 'if-modified-since': new Date().toUTCString() }), 200],
  ])('to who has %s', async (_name, headers, status) => {
    for (const method of ['GET', 'HEAD']) {
      const [lane, onion] = await bothWays(method, `/v1/concerts/${concertId}`, () => ({ headers: headers() }));
      expect(lane).toEqual(onion);
      expect(lane).toMatchObject({ status, headers: { etag } });
    }
  });

  test.each([
    '/v1/concerts/0',
    '/v1/concerts/01',
    '/v1/concerts/999999',
    '/v1/concerts/999999/schedules',
    '/v1/concerts?pageSize=2',
    '/v1/concerts?',
    '/v1/concerts?pageToken=x',
    '/v1/schedules',
    '/v1/schedules/999999',
    '/v1/schedules?date=2099-02-30',
    '/v1/schedules?date=2099-12-24&date=2099-12-25',
    '/v1/concertsx',
  ])('to %s', async (path) => {
    const [lane, onion] = await bothWays('GET', path, () => ({}));
    expect(lane).toEqual(onion);
  });

  test('and says that answers vary where origins are allowed', async () => {
    const own = await system.bff({ CORS_ORIGINS: 'https://shop.example' });
    const path = `/v1/concerts/${concertId}`;
    const onion = await own.get(path, { headers: throughTheOnion });
    const lane = await own.get(path);
    expect([onion.headers.vary, lane.headers.vary, lane.text]).toEqual(['Origin', 'Origin', onion.text]);
    const shop = await own.get(path, { headers: { origin: 'https://shop.example' } });
    expect(shop.headers['access-control-allow-origin']).toBe('https://shop.example');
  });
});

test('a full queue says when to try again', async () => {
  const id = await web.newSchedule({ queue: { maxWaiting: 1 } });
  await web.admin('POST', `/schedules/${id}/queue/pause`);
  await web.join(id, newMember());
  const { status, headers, body } = await web.post(tickets(id), { body: { memberId: newMember() } });
  expect([status, headers['retry-after'], body.reason]).toEqual([429, '10', 'QUEUE_FULL']);
});

test('a member who joins twice has one ticket, and a new one is created', async () => {
  const memberId = newMember();
  const first = await web.post(tickets(), { body: { memberId } });
  const second = await web.post(tickets(), { body: { memberId } });
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body.token).toBe(first.body.token);
});

test('a position never rises from a join to the polls that follow', async () => {
  const id = await web.newSchedule({ queue: { maxActive: 1 } });
  const tokens = await Promise.all(Array.from({ length: 40 }, () => web.join(id, newMember())));
  const last = await web.post(tickets(id), { body: { memberId: newMember() } });
  let { ahead } = last.body;
  for (const token of tokens.slice(5)) {
    await web.delete(`${tickets(id)}/me`, { token });
    const poll = await web.get(`${tickets(id)}/me`, { token: last.body.token });
    expect(poll.body.ahead).toBeLessThanOrEqual(ahead);
    ({ ahead } = poll.body);
  }
});

test('who joins too often is told to wait, in the lane and in the onion', async () => {
  const strict = await system.bff({ JOINS_PER_MEMBER: '3', JOINS_WINDOW_SECONDS: '3600' });
  try {
    const memberId = newMember();
    const join = (headers: Record<string, string>): Promise<Answer> =>
      strict.post(tickets(), { body: { memberId }, headers });
    for (let tries = 0; tries < 3; tries++) expect((await join({})).status).toBeLessThan(300);
    for (const headers of [{}, throughTheOnion]) {
      const refused = await join(headers);
      expect([refused.status, refused.body.reason]).toEqual([429, 'TOO_MANY_REQUESTS']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
  } finally {
    await strict[Symbol.asyncDispose]();
  }
});

test('tickets of one address are limited by where its requests come from', async () => {
  const behindProxy = await system.bff({ TRUSTED_PROXIES: '1' });
  try {
    const id = await web.newSchedule({ queue: { maxPerAddress: 1 } });
    const from = async (address: string): Promise<string | number> => {
      const sent = { body: { memberId: newMember() }, headers: { 'x-forwarded-for': `10.0.0.1, ${address}` } };
      const { status, body } = await behindProxy.post(tickets(id), sent);
      return body.reason ?? status;
    };
    expect(await from('203.0.113.1')).toBe(201);
    expect(await from('203.0.113.1')).toBe('ADDRESS_LIMIT');
    expect(await from('203.0.113.2')).toBe(201);
  } finally {
    await behindProxy[Symbol.asyncDispose]();
  }
});
