import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { openPool } from '@boxoffice/runtime/database/pool';
import { createLogger } from '@boxoffice/runtime/log';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import type { Web } from '../web.ts';
import { readmeCases } from './readme-cases.ts';
import { anyText, dataOf, DialectShop, outcome, type Reply, type ShopDate } from './dialect-shop.ts';

let shop: DialectShop;
let date: ShopDate;
beforeAll(async () => {
  shop = await DialectShop.open();
  date = await shop.newDate(undefined, { price: 99_000 });
  for (let count = 0; count < 3; count++) await shop.newMember(1_000_000);
});
afterAll(() => shop[Symbol.asyncDispose]());

/** What a refusal is told as; `code` only A tells. */
const envelopes: Readonly<Record<string, (status: number, code: string, message: string) => unknown>> = {
  a: (_status, code, message) => ({ code, message }),
  c: (_status, _code, message) => ({ success: false, message }),
  e: (status, _code, message) => ({ result: String(status), message }),
};
const names = Object.keys(envelopes);
const refused = (name: string, status: number, code: string, message = anyText): [number, unknown] => [
  status,
  envelopes[name]?.(status, code, message),
];

const joins: Readonly<Record<string, string>> = { a: '/queues/token', c: '/queue/issue', e: '/api/token' };
const charges: Readonly<Record<string, string>> = {
  a: 'PATCH /a/accounts/charge',
  c: 'POST /c/user/charge',
  e: 'PATCH /e/api/balance/charge',
};

readmeCases(() => shop);

describe.each(names)('in the envelope of %s', (name) => {
  const join = `/${name}${joins[name] ?? ''}`;

  test.each(['', '/', '/nowhere', '/v1/concerts', '/queues', '/%ff', '/%00'])(
    'is the unknown path %j',
    async (path) => {
      expect(outcome(await shop.ask(`GET /${name}${path}`))).toStrictEqual(refused(name, 404, 'ROUTE_UNKNOWN'));
    },
  );

  test('are wrong methods, with the right ones', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PROPFIND']) {
      const reply = await shop.ask(`${method} ${join}`);
      expect(outcome(reply)).toStrictEqual(refused(name, 405, 'METHOD_NOT_ALLOWED'));
      expect(reply.headers.allow).toBe('POST, OPTIONS');
    }
    const options = await shop.ask(`OPTIONS ${join}`);
    expect([options.status, options.headers.allow, options.text]).toEqual([204, 'POST, OPTIONS', '']);
  });

  test('are bodies that cannot be read', async () => {
    const plain = { 'content-type': 'text/plain' };
    for (const [body, headers, status, code] of [
      ['{', {}, 400, 'REQUEST_INVALID'],
      ['[]', {}, 400, 'REQUEST_INVALID'],
      [Buffer.from('{"userId":"\xff"}', 'latin1'), {}, 400, 'REQUEST_INVALID'],
      ['{}', { 'content-encoding': 'gzip' }, 400, 'REQUEST_INVALID'],
      ['{}', plain, 415, 'CONTENT_UNSUPPORTED'],
      [' '.repeat(65 * 1024), {}, 413, 'BODY_TOO_LARGE'],
    ] as const) {
      const reply = await shop.ask(`POST ${join}`, { body, headers });
      expect(outcome(reply)).toStrictEqual(refused(name, status, code));
    }
  });

  test('is a key for asking again that is none', async () => {
    const body = { userId: 1, memberId: 1, amount: 1, concertInfoId: 1, concertScheduleId: 1, concertOptionId: 1 };
    for (const line of [`POST ${join}`, charges[name] ?? '']) {
      expect(outcome(await shop.ask(line, { key: 'x', body }))).toStrictEqual(
        refused(name, 400, 'REQUEST_INVALID', 'the request is invalid: Idempotency-Key: has to be a UUID'),
      );
    }
  });

  test('is that a part is away', async () => {
    const alone = await shop.system.bff({ LEDGER_ADDRESS: 'ipv4:127.0.0.1:1' });
    const reply = await shop.ask(charges[name] ?? '', { body: { userId: 1, memberId: 1, amount: 1 } }, alone);
    expect(outcome(reply)).toStrictEqual(refused(name, 503, 'DEPENDENCY_UNAVAILABLE'));
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
  });

  test('is that too many join', async () => {
    const strict = await shop.system.bff({ JOINS_PER_MEMBER: '1' });
    const { scheduleId } = date;
    const body = {
      userId: 'eager',
      concertInfoId: scheduleId,
      concertScheduleId: scheduleId,
      concertOptionId: scheduleId,
    };
    expect((await shop.ask(`POST ${join}`, { body }, strict)).status).toBe(200);
    const reply = await shop.ask(`POST ${join}`, { body }, strict);
    expect(outcome(reply)).toStrictEqual(refused(name, 429, 'TOO_MANY_REQUESTS'));
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0);
  });
});

test('a fault of ours says no more than that it is one', async () => {
  const { databaseUrl: url } = shop.system;
  await using ledger = openPool({ url, schema: 'ledger', applicationName: 'dialect test', max: 1 });
  await ledger.query('alter table accounts rename to mislaid');
  try {
    for (const [name, path] of [
      ['a', '/accounts/1/balance'],
      ['c', '/user/check?userId=1'],
      ['e', '/api/balance?userId=1'],
    ] as const) {
      expect(outcome(await shop.ask(`GET /${name}${path}`))).toStrictEqual(
        refused(name, 500, 'INTERNAL', 'Internal server error'),
      );
    }
  } finally {
    await ledger.query('alter table mislaid rename to accounts');
  }
  expect((await shop.ask('GET /c/user/check?userId=1')).status).toBe(200);
});

test('a key of ours that is not accepted is no fault of the client’s', async () => {
  const own = await shop.system.bff({ SERVICE_KEY: `bo_service_${'x'.repeat(43)}` });
  expect(outcome(await shop.ask('POST /c/queue/issue', { body: { userId: 1 } }, own))).toStrictEqual(
    refused('c', 503, ''),
  );
});

test('answers have the headers of all our answers', async () => {
  const { headers } = await shop.ask('GET /c/user/check', { headers: { 'x-request-id': 'my-request-1' } });
  expect(headers).toMatchObject({
    'x-request-id': 'my-request-1',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-type': 'application/json; charset=utf-8',
  });
});

test('no token gets into the log', async () => {
  let logged = '';
  const write = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const web = await shop.system.bff({}, { log: createLogger('bff', 'trace', write) });
  const token = await shop.web.join(date.scheduleId, 'logged');
  expect((await shop.ask(`GET /a/queues/waiting_number?token=${token}`, {}, web)).status).toBe(200);
  expect((await shop.ask(`GET /a/queues/waiting_number?token=${token}x`, {}, web)).status).toBe(401);
  expect(logged).toContain('/a/queues/waiting_number');
  expect(logged).not.toContain(token);
});

describe('ROOT_DIALECT', () => {
  test('serves a dialect without its prefix, too, for whatever is not our own', async () => {
    const web = await shop.system.bff({ ROOT_DIALECT: 'e' });
    const body = { userId: 'root', concertOptionId: date.scheduleId };
    const issued = await shop.ask('POST /api/token', { body }, web);
    expect(issued.body).toMatchObject({ result: '200', data: { token: anyText } });
    expect((await shop.ask('POST /e/api/token', { body }, web)).body).toMatchObject({ result: '200' });
    expect((await shop.ask('GET /c/user/check', {}, web)).body).toEqual({ success: false, message: 'Invalid userId' });
    expect(outcome(await shop.ask('GET /nowhere', {}, web))).toStrictEqual(refused('e', 404, 'ROUTE_UNKNOWN'));
    expect(outcome(await shop.ask('PUT /api/pay', {}, web))).toStrictEqual(refused('e', 405, 'METHOD_NOT_ALLOWED'));
    expect((await web.get('/')).body.calls).toContain('GET /healthz');
    expect((await web.get('/healthz')).body).toEqual({ status: 'ok' });
    expect((await web.get('/v1/concerts')).body.concerts).toHaveLength(1);
    for (const path of ['/v1', '/v1/nowhere', '/operator/nowhere', '/assets/x.js', '/docs/x', '/boxoffice.x/Y']) {
      expect((await web.get(path)).body.reason).toBe('ROUTE_UNKNOWN');
    }
  });

  test('is none unless it says so', async () => {
    expect((await shop.web.post('/api/token')).body.reason).toBe('ROUTE_UNKNOWN');
    for (const path of ['/b', '/ab/queues/token', '/A/queues/token']) {
      expect((await shop.web.post(path)).body.reason).toBe('ROUTE_UNKNOWN');
    }
  });
});

describe('with AUTH_MODE=jwt', () => {
  const claims = { issuer: 'https://id.example', audience: 'boxoffice' };
  let key: CryptoKey;
  let web: Web;
  const provider = createServer((_req, res) => res.end(jwks));
  let jwks = '';
  beforeAll(async () => {
    const pair = await generateKeyPair('RS256');
    key = pair.privateKey;
    jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'a', alg: 'RS256' }] });
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    web = await shop.system.bff({
      AUTH_MODE: 'jwt',
      OIDC_ISSUER: claims.issuer,
      OIDC_AUDIENCE: claims.audience,
      OIDC_JWKS_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`,
    });
  });
  afterAll(() => {
    provider.closeAllConnections();
    provider.close();
  });
  const accessToken = (sub: string): Promise<string> =>
    new SignJWT({ sub })
      .setProtectedHeader({ alg: 'RS256', kid: 'a' })
      .setIssuer(claims.issuer)
      .setAudience(claims.audience)
      .setExpirationTime('5 minutes')
      .sign(key);

  test('members show an access token, but for the dates of a concert', async () => {
    expect((await shop.ask(`GET /a/concerts/${date.concertId}/info`, {}, web)).status).toBe(200);
    const forwarded = { 'x-forwarded-access-token': 'x' };
    for (const [line, code, sent] of [
      ['GET /a/accounts/1/balance', 'ACCESS_TOKEN_MISSING', {}],
      ['GET /a/accounts/1/balance', 'ACCESS_TOKEN_MISSING', { bearer: await accessToken('1') }],
      ['GET /a/accounts/1/balance', 'ACCESS_TOKEN_INVALID', { headers: forwarded }],
    ] as const) {
      const reply = await shop.ask(line, sent, web);
      expect(outcome(reply)).toStrictEqual(refused('a', 401, code));
      expect(reply.headers['www-authenticate']).toMatch(/^Bearer realm="boxoffice"/);
    }
    expect(outcome(await shop.ask('GET /c/user/check?userId=1', {}, web))).toStrictEqual(
      refused('c', 401, '', 'Unauthorized'),
    );
    expect(outcome(await shop.ask('GET /e/api/balance?userId=1', {}, web))).toStrictEqual(
      refused('e', 401, '', 'Invalid or expired token'),
    );
  });

  test('a member reaches what is theirs, and nobody else’s', async () => {
    const [mine, theirs] = [String(await shop.newMember(100_000)), String(await shop.newMember(100_000))];
    const forwarded = { 'x-forwarded-access-token': await accessToken(mine) };
    const ask = (line: string, sent: object = {}): Promise<Reply> =>
      shop.ask(line, { headers: forwarded, ...sent }, web);
    expect(dataOf(await ask(`GET /a/accounts/${mine}/balance`))).toEqual({ balance: 100_000 });
    expect((await ask(`GET /e/api/balance?userId=${mine}`)).text).toBe('{"balance":100000.00}');
    const bearer = await accessToken(mine);
    expect(dataOf(await shop.ask(`GET /c/user/check?userId=${mine}`, { bearer }, web))).toEqual({ balance: 100_000 });
    expect(outcome(await ask(`GET /a/accounts/${theirs}/balance`))).toStrictEqual(refused('a', 404, 'MEMBER_UNKNOWN'));
    const joinOther = await ask('POST /c/queue/issue', {
      body: { userId: theirs, concertScheduleId: date.scheduleId },
    });
    expect(outcome(joinOther)).toStrictEqual(refused('c', 404, ''));
    const stolen = await shop.web.admitted(date.scheduleId, theirs);
    expect(outcome(await ask(`GET /a/queues/waiting_number?token=${stolen}`))).toStrictEqual(
      refused('a', 401, 'TOKEN_INVALID'),
    );
    const token = await shop.web.admitted(date.scheduleId, mine);
    expect(dataOf(await ask('GET /a/queues/waiting_number', { bearer: token }))).toEqual({ waitingNumber: 0 });
    const body = { token, concertOptionId: date.scheduleId, seatId: date.seatIds[40], userId: Number(mine) };
    const reserved = dataOf<{ reservationId: number }>(await ask('POST /e/api/reserve', { body }));
    const paid = await ask('POST /e/api/pay', { body: { token, ...reserved, amount: 99_000 } });
    expect(dataOf(paid)).toEqual({ paymentId: expect.any(Number) });
  });
});
