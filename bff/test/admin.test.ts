import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { newMember, startSystem, type System } from './system.ts';
import type { Answer, Web } from './web.ts';

let system: System;
let web: Web;
let concertId: number;
beforeAll(async () => {
  system = await startSystem();
  ({ web } = system);
  concertId = (await web.admin('POST', '/concerts', { body: { name: 'Concert' } })).body.id;
});
afterAll(() => system[Symbol.asyncDispose]());

const outcome = ({ status, body }: Answer): [number, string | undefined] => [status, body.reason];
const fieldsOf = ({ body }: Answer): string[] => [...new Set(body.violations.map(({ field }) => field))].sort();

describe('an operator’s call', () => {
  const calls = [
    ['POST', '/concerts'],
    ['PATCH', '/concerts/1'],
    ['POST', '/concerts/1/schedules'],
    ['GET', '/schedules/1/queue'],
    ['PATCH', '/schedules/1/queue'],
    ['POST', '/schedules/1/queue/pause'],
    ['POST', '/schedules/1/queue/resume'],
    ['POST', '/schedules/1/queue/close'],
  ] as const;
  const bodies: Record<string, unknown> = {
    '/concerts': { name: 'X' },
    '/concerts/1': { name: 'X' },
    '/concerts/1/schedules': { date: '2099-01-01', price: 1 },
  };

  test.each(calls)('needs a key: %s %s', async (method, path) => {
    const answer = await web.call(method, `/v1/admin${path}`);
    expect(outcome(answer)).toEqual([401, 'KEY_MISSING']);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    const basic = await web.call(method, `/v1/admin${path}`, { headers: { authorization: 'Basic YTpi' } });
    expect(basic.status).toBe(401);
  });

  test.each(calls)('needs an operator’s key: %s %s', async (method, path) => {
    const body = bodies[path];
    const { acme, bff } = system.keys;
    const call = async (bearer: string) => outcome(await web.call(method, `/v1/admin${path}`, { bearer, body }));
    expect(await call(acme)).toEqual([403, 'CALLER_NOT_ALLOWED']);
    expect(await call(bff)).toEqual([403, 'CALLER_NOT_ALLOWED']);
    expect(await call('bo_operator_x')).toEqual([401, 'KEY_INVALID']);
  });
});

describe('a date', () => {
  const create = (body: unknown, key?: string) =>
    web.admin('POST', `/concerts/${concertId}/schedules`, { body, ...(key !== undefined && { key }) });

  test('can have sections, rows and prices of its own', async () => {
    const layout = [
      { section: 'R', rows: 2, seatsPerRow: 3, price: 5_000 },
      { section: 'S', rows: 1, seatsPerRow: 4, price: 0 },
    ];
    const { status, body } = await create({ date: '2099-12-24', layout });
    expect([status, body.totalSeats]).toEqual([201, 10]);
    const token = await web.admitted(body.id, newMember());
    const seats = await web.get(`/v1/schedules/${body.id}/seats`, { token });
    expect(seats.list.map(({ section, row, number, price }) => [section, row, number, price])).toEqual([
      ['R', 'A', 1, 5_000],
      ['R', 'A', 2, 5_000],
      ['R', 'A', 3, 5_000],
      ['R', 'B', 1, 5_000],
      ['R', 'B', 2, 5_000],
      ['R', 'B', 3, 5_000],
      ['S', 'A', 1, 0],
      ['S', 'A', 2, 0],
      ['S', 'A', 3, 0],
      ['S', 'A', 4, 0],
    ]);
  });

  test('of more seats than a page has them all on its map', async () => {
    const { body } = await create({ date: '2099-12-24', seatCount: 2_345, price: 1 });
    const token = await web.admitted(body.id, newMember());
    const seats = await web.get(`/v1/schedules/${body.id}/seats`, { token });
    expect(new Set(seats.list.map(({ id }) => id)).size).toBe(2_345);
  });

  test('can have a booking window and a policy', async () => {
    const { status, body } = await create({
      date: '2099-12-24',
      seatCount: 10,
      price: 1_000,
      bookingOpensAt: '2099-01-01T09:00:00+09:00',
      bookingClosesAt: '2099-12-24T00:00:00Z',
      queue: { admitCount: 5, admitIntervalSeconds: 10, opensAt: '2098-12-31T23:00:00Z' },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      bookingOpensAt: '2099-01-01T00:00:00.000Z',
      bookingClosesAt: '2099-12-24T00:00:00.000Z',
      queue: {
        state: 'SCHEDULED',
        maxActive: 100,
        admitCount: 5,
        admitIntervalSeconds: 10,
        activeTtlSeconds: 300,
        presenceTtlSeconds: 120,
        opensAt: '2098-12-31T23:00:00.000Z',
      },
    });
  });

  test.each<[string, unknown, string[]]>([
    ['without anything', {}, ['price']],
    ['without a day', { price: 1 }, ['date']],
    ['on a day that does not exist', { date: '2099-02-30', price: 1 }, ['date']],
    ['on a day in words', { date: 'Christmas', price: 1 }, ['date']],
    ['without seats', { date: '2099-12-24', price: 1, seatCount: 0 }, ['seatCount']],
    ['with too many seats', { date: '2099-12-24', price: 1, seatCount: 20_001 }, ['seatCount']],
    ['with a negative price', { date: '2099-12-24', price: -1 }, ['price']],
    [
      'with a layout and a price',
      { date: '2099-12-24', price: 1, layout: [{ section: 'R', rows: 1, seatsPerRow: 1, price: 1 }] },
      [''],
    ],
    ['with an empty layout', { date: '2099-12-24', layout: [] }, ['price']],
    [
      'with a section without a price',
      { date: '2099-12-24', layout: [{ section: 'R', rows: 1, seatsPerRow: 1 }] },
      ['layout[0].price'],
    ],
    [
      'with too long a row',
      { date: '2099-12-24', layout: [{ section: 'R', rows: 1, seatsPerRow: 201, price: 1 }] },
      ['layout[0].seatsPerRow'],
    ],
    ['with a hold of no time', { date: '2099-12-24', price: 1, holdSeconds: 0 }, ['holdSeconds']],
    ['with a window that is none', { date: '2099-12-24', price: 1, bookingOpensAt: 'now' }, ['bookingOpensAt']],
    ['with a count but no interval', { date: '2099-12-24', price: 1, queue: { admitCount: 5 } }, ['queue']],
    ['whose tickets would never end', { date: '2099-12-24', price: 1, queue: { activeTtlSeconds: 0 } }, ['']],
    ['with a negative policy', { date: '2099-12-24', price: 1, queue: { maxActive: -1 } }, ['queue.maxActive']],
    [
      'with a policy of another kind',
      { date: '2099-12-24', price: 1, queue: { maxActive: 'few' } },
      ['queue.maxActive'],
    ],
  ])('%s is malformed', async (_what, body, fields) => {
    const { body: concert } = await web.admin('POST', '/concerts', { body: { name: 'Without dates' } });
    const answer = await web.admin('POST', `/concerts/${concert.id}/schedules`, { body });
    expect(outcome(answer)).toEqual([400, 'REQUEST_INVALID']);
    expect(fieldsOf(answer)).toEqual(fields);
    expect((await web.get(`/v1/concerts/${concert.id}/schedules`)).body.schedules).toEqual([]);
  });

  test('of a concert that does not exist cannot be entered', async () => {
    const answer = await web.admin('POST', '/concerts/9007199254740991/schedules', {
      body: { date: '2099-12-24', price: 1 },
    });
    expect(outcome(answer)).toEqual([404, 'CONCERT_UNKNOWN']);
  });

  test('is entered once under one key, with its queue', async () => {
    const key = randomUUID();
    const body = { date: '2099-12-24', seatCount: 5, price: 1, queue: { maxActive: 3 } };
    const [first, retry] = [await create(body, key), await create(body, key)];
    expect([retry.status, retry.body.id, retry.body.queue.maxActive]).toEqual([201, first.body.id, 3]);
    expect(outcome(await create({ ...body, price: 2 }, key))).toEqual([422, 'REQUEST_ID_REUSED']);
  });
});

describe('a concert', () => {
  test.each<[unknown, string[]]>([
    [{}, ['name']],
    [{ name: '' }, ['name']],
    [{ name: 5 }, ['name']],
    [{ name: 'x'.repeat(201) }, ['name']],
    [{ name: 'a\u0007' }, ['name']],
    [{ name: 'A', venue: 'x'.repeat(201), description: 'x'.repeat(4_001) }, ['description', 'venue']],
    [{ name: 5 }, ['name']],
  ])('of %j is malformed', async (body, fields) => {
    const answer = await web.admin('POST', '/concerts', { body });
    expect(outcome(answer)).toEqual([400, 'REQUEST_INVALID']);
    expect(fieldsOf(answer)).toEqual(fields);
  });
});

describe('a change of a concert', () => {
  const change = (body: unknown, key?: string) =>
    web.admin('PATCH', `/concerts/${concertId}`, { body, ...(key !== undefined && { key }) });

  test('leaves what is not named, is told to everybody, and is made once a key', async () => {
    const { body: before } = await web.get(`/v1/concerts/${concertId}`);
    const { body: schedule } = await web.admin('POST', `/concerts/${concertId}/schedules`, {
      body: { date: '2099-05-05', price: 1 },
    });
    expect(schedule.state).toBe('ON_SALE');
    const { status, body } = await change({ name: '봄 음악회', more: 1 });
    expect([status, body]).toEqual([200, { ...before, name: '봄 음악회' }]);
    await web.until(`/v1/concerts/${concertId}`, {}, (answer) => answer.body.name === '봄 음악회');
    await web.until(
      `/v1/schedules/${schedule.id}`,
      {},
      (answer) => answer.body.concertName === '봄 음악회' && answer.body.state === 'ON_SALE',
    );
    expect((await web.get(`/v1/schedules/${schedule.id}`)).body).toEqual(
      (await web.get('/v1/schedules?date=2099-05-05')).body.schedules[0],
    );
    const key = randomUUID();
    const first = await change({ venue: 'Hall 2', description: '' }, key);
    const again = await change({ venue: 'Hall 2', description: '' }, key);
    expect([first.status, again.body, again.headers['idempotency-replayed']]).toEqual([200, first.body, 'true']);
    expect(outcome(await change({ venue: 'Hall 3' }, key))).toEqual([422, 'REQUEST_ID_REUSED']);
  });

  test.each<[unknown, string[]]>([
    [{}, ['name']],
    [{ unknown: 1 }, ['name']],
    [{ name: '' }, ['name']],
    [{ name: null }, ['name']],
    [{ name: 'a\u0007', venue: 5 }, ['venue']],
    [{ description: 'x'.repeat(4_001) }, ['description']],
  ])('of %j is malformed', async (body, fields) => {
    const answer = await change(body);
    expect(outcome(answer)).toEqual([400, 'REQUEST_INVALID']);
    expect(fieldsOf(answer)).toEqual(fields);
  });

  test('that does not exist is 404', async () => {
    const answer = await web.admin('PATCH', '/concerts/9007199254740991', { body: { name: 'X' } });
    expect(outcome(answer)).toEqual([404, 'CONCERT_UNKNOWN']);
    expect(outcome(await web.get('/v1/schedules/9007199254740991'))).toEqual([404, 'SCHEDULE_UNKNOWN']);
    expect(outcome(await web.get('/v1/schedules/0'))).toEqual([400, 'REQUEST_INVALID']);
  });
});

describe('a queue', () => {
  test('tells its policy and its numbers', async () => {
    const id = await web.newSchedule({ queue: { maxActive: 1 } });
    await web.admitted(id, newMember());
    await web.join(id, newMember());
    const { status, body } = await web.admin('GET', `/schedules/${id}/queue`);
    expect(status).toBe(200);
    expect(body).toEqual({
      scheduleId: id,
      state: 'OPEN',
      maxActive: 1,
      admitCount: 0,
      admitIntervalSeconds: 0,
      activeTtlSeconds: 300,
      presenceTtlSeconds: 120,
      maxWaiting: 0,
      maxPerAddress: 0,
      waiting: 1,
      admitted: 1,
      admittedTotal: 1,
      issuedTotal: 2,
      opensAt: expect.any(String),
    });
  });

  test('changes only what is given', async () => {
    const id = await web.newSchedule({ queue: { maxActive: 7, admitCount: 5, admitIntervalSeconds: 10 } });
    const patch = (body: unknown) => web.admin('PATCH', `/schedules/${id}/queue`, { body });
    const standing = (await patch({})).body;
    expect((await patch({ admitCount: 6 })).body).toEqual({ ...standing, admitCount: 6 });
    const changed = { maxActive: 0, presenceTtlSeconds: 0, maxWaiting: 1_000, maxPerAddress: 4 };
    expect((await patch(changed)).body).toEqual({ ...standing, admitCount: 6, ...changed });
    expect(fieldsOf(await patch({ admitIntervalSeconds: 0 }))).toEqual(['']);
    expect(fieldsOf(await patch({ activeTtlSeconds: 0 }))).toEqual(['activeTtlSeconds']);
    expect(fieldsOf(await patch({ maxActive: -1, admitCount: 1.5, state: 'OPEN' }))).toEqual(['admitCount']);
    expect(fieldsOf(await patch({ maxActive: 1_000_001 }))).toEqual(['maxActive']);
    expect((await web.admin('GET', `/schedules/${id}/queue`)).body).toMatchObject({
      admitIntervalSeconds: 10,
      activeTtlSeconds: 300,
    });
  });

  test('is paused, goes on, and is closed for good', async () => {
    const id = await web.newSchedule();
    const steer = async (how: string) => {
      const { status, body } = await web.admin('POST', `/schedules/${id}/queue/${how}`);
      return [status, body.state ?? body.reason] as const;
    };
    expect(await steer('pause')).toEqual([200, 'PAUSED']);
    expect(await steer('pause')).toEqual([200, 'PAUSED']);
    const token = await web.join(id, newMember());
    const me = `/v1/schedules/${id}/queue/tickets/me`;
    expect((await web.get(me, { token })).body).toMatchObject({
      status: 'WAITING',
      ahead: 0,
      estimatedWaitSeconds: null,
    });
    expect(await steer('resume')).toEqual([200, 'OPEN']);
    await web.until(me, { token }, ({ body }) => body.status === 'ADMITTED');
    await steer('pause');
    const waiting = await web.join(id, newMember());
    expect(await steer('close')).toEqual([200, 'CLOSED']);
    await web.until(me, { token: waiting }, ({ body }) => body.status === 'LEFT');
    expect((await steer('resume'))[0]).toBe(409);
    const late = await web.post(`/v1/schedules/${id}/queue/tickets`, { body: { memberId: newMember() } });
    expect(outcome(late)).toEqual([409, 'QUEUE_CLOSED']);
  });

  test('that does not exist is not found', async () => {
    const path = '/schedules/9007199254740991/queue';
    expect(outcome(await web.admin('GET', path))).toEqual([404, 'QUEUE_UNKNOWN']);
    expect(outcome(await web.admin('PATCH', path, { body: { maxActive: 1 } }))).toEqual([404, 'QUEUE_UNKNOWN']);
    expect(outcome(await web.admin('POST', `${path}/pause`))).toEqual([404, 'QUEUE_UNKNOWN']);
  });
});
