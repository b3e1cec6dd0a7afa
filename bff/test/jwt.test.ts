import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { SseReader } from './sse-reader.ts';
import { newMember, startSystem, type System } from './system.ts';
import type { Answer, Web } from './web.ts';

const issuer = 'https://id.example';
const audience = 'boxoffice';
let key: CryptoKey;
let jwks = '';
let system: System;
let web: Web;
let scheduleId: number;

const identityProvider = createServer((_req, res) => {
  res.setHeader('content-type', 'application/json');
  res.end(jwks);
});

beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  key = pair.privateKey;
  jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'a', alg: 'RS256', use: 'sig' }] });
  identityProvider.listen(0, '127.0.0.1');
  await once(identityProvider, 'listening');
  const { port } = identityProvider.address() as AddressInfo;
  const env = {
    AUTH_MODE: 'jwt',
    OIDC_ISSUER: issuer,
    OIDC_AUDIENCE: audience,
    OIDC_JWKS_URL: `http://127.0.0.1:${port}/`,
    SIGN_IN_URL: '/oauth2/start',
  };
  system = await startSystem({ env });
  ({ web } = system);
  scheduleId = await web.newSchedule();
});
afterAll(async () => {
  await system[Symbol.asyncDispose]();
  identityProvider.closeAllConnections();
  identityProvider.close();
});

const outcome = ({ status, body }: Answer): [number, string | undefined] => [status, body.reason];

function accessToken(sub: string, expiresInSeconds = 300): Promise<string> {
  const exp = Math.floor(Date.now() / 1_000) + expiresInSeconds;
  return new SignJWT({ sub, iss: issuer, aud: audience, exp }).setProtectedHeader({ alg: 'RS256', kid: 'a' }).sign(key);
}

/** A member with an access token and money. */
async function member(balance = 5_000): Promise<{ id: string; bearer: string }> {
  const id = newMember();
  const bearer = await accessToken(id);
  await web.newMember(id, balance, { bearer });
  return { id, bearer };
}

describe('without an access token', () => {
  test('there is a catalogue', async () => {
    expect((await web.get('/v1/concerts')).status).toBe(200);
    expect((await web.get('/healthz')).status).toBe(200);
  });

  test('nothing else is open', async () => {
    const calls = (await web.get('/')).body.calls;
    const open = /^GET \/(?:|healthz|readyz|openapi\.json|docs.*|v1\/concerts.*|v1\/schedules(?:\/\{id\})?)$/;
    const closed = calls.filter((call) => !open.test(call) && !call.includes('/admin/'));
    expect(closed.length).toBeGreaterThan(15);
    for (const call of closed) {
      const [method = '', path = ''] = call.split(' ');
      const answer = await web.call(method, path.replace('{id}', '1'), { body: { memberId: '1' } });
      expect([call, ...outcome(answer)]).toEqual([call, 401, 'ACCESS_TOKEN_MISSING']);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="boxoffice"');
    }
  });

  test('one that is not accepted is as good as none', async () => {
    const expired = await accessToken('1', -60);
    for (const bearer of [expired, 'x', system.keys.operator]) {
      const answer = await web.get('/v1/members/1/balance', { bearer });
      expect(outcome(answer)).toEqual([401, 'ACCESS_TOKEN_INVALID']);
      expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    }
  });
});

test('the session says who is signed in, or where to sign in', async () => {
  const id = newMember();
  const signedIn = await web.get('/v1/session', { bearer: await accessToken(id) });
  expect(signedIn.body).toEqual({ authMode: 'jwt', memberId: id });
  expect(signedIn.headers['cache-control']).toBe('no-store');
  const signedOut = await web.get('/v1/session');
  expect(outcome(signedOut)).toEqual([401, 'ACCESS_TOKEN_MISSING']);
  expect(signedOut.body).toMatchObject({ metadata: { signInUrl: '/oauth2/start' } });
});

test('operators call with their key, and not with an access token', async () => {
  expect((await web.admin('GET', `/schedules/${scheduleId}/queue`)).status).toBe(200);
  const bearer = await accessToken('1');
  expect(outcome(await web.call('GET', `/v1/admin/schedules/${scheduleId}/queue`, { bearer }))).toEqual([
    401,
    'KEY_INVALID',
  ]);
});

test('a member goes the whole way, without saying who they are', async () => {
  const { id, bearer } = await member();
  const joined = await web.post(`/v1/schedules/${scheduleId}/queue/tickets`, { bearer });
  expect(joined.status).toBe(201);
  const token = joined.body.token;
  await web.until(
    `/v1/schedules/${scheduleId}/queue/tickets/me`,
    { bearer, token },
    ({ body }) => body.status === 'ADMITTED',
  );
  const held = await web.post(`/v1/schedules/${scheduleId}/reservations`, {
    bearer,
    token,
    body: { bestAvailable: 1 },
  });
  expect(held.body.memberId).toBe(id);
  const paid = await web.post(`/v1/reservations/${held.body.id}/payment`, { bearer, token });
  expect([paid.status, paid.body.status]).toEqual([200, 'PAID']);
  expect((await web.get(`/v1/payments/${paid.body.id}`, { bearer })).body.memberId).toBe(id);
  expect((await web.get(`/v1/members/${id}/reservations`, { bearer })).body.reservations).toHaveLength(1);
  expect((await web.get(`/v1/members/${id}/entries`, { bearer })).body.entries).toHaveLength(2);
  expect((await web.post(`/v1/payments/${paid.body.id}/refund`, { bearer })).body.status).toBe('REFUNDED');
});

test('a member who is entered gets the id of the access token', async () => {
  const id = newMember();
  const bearer = await accessToken(id);
  const entered = await web.post('/v1/members', { bearer });
  expect([entered.status, entered.body.id]).toEqual([201, id]);
  expect(outcome(await web.post('/v1/members', { bearer, body: { id: newMember() } }))).toEqual([
    404,
    'MEMBER_UNKNOWN',
  ]);
});

describe('what is somebody else’s', () => {
  test('looks unknown', async () => {
    const [owner, stranger] = [await member(), await member()];
    const token = await web.admitted(scheduleId, owner.id, { bearer: owner.bearer });
    const held = await web.post(`/v1/schedules/${scheduleId}/reservations`, {
      bearer: owner.bearer,
      token,
      body: { bestAvailable: 1 },
    });
    const { bearer } = stranger;
    const reservation = `/v1/reservations/${held.body.id}`;
    expect(outcome(await web.get(reservation, { bearer }))).toEqual([404, 'RESERVATION_UNKNOWN']);
    expect(outcome(await web.delete(reservation, { bearer }))).toEqual([404, 'RESERVATION_UNKNOWN']);
    expect(outcome(await web.get(`${reservation}?memberId=${owner.id}`, { bearer }))).toEqual([
      404,
      'RESERVATION_UNKNOWN',
    ]);
    const paid = await web.post(`${reservation}/payment`, { bearer: owner.bearer, token });
    const payment = `/v1/payments/${paid.body.id}`;
    expect(outcome(await web.get(payment, { bearer }))).toEqual([404, 'PAYMENT_UNKNOWN']);
    expect(outcome(await web.post(`${payment}/refund`, { bearer }))).toEqual([404, 'PAYMENT_UNKNOWN']);
    for (const path of ['balance', 'entries', 'reservations']) {
      expect(outcome(await web.get(`/v1/members/${owner.id}/${path}`, { bearer }))).toEqual([404, 'MEMBER_UNKNOWN']);
    }
    const charge = await web.post(`/v1/members/${owner.id}/charges`, { bearer, body: { amount: 1 } });
    expect(outcome(charge)).toEqual([404, 'MEMBER_UNKNOWN']);
    const join = await web.post(`/v1/schedules/${scheduleId}/queue/tickets`, { bearer, body: { memberId: owner.id } });
    expect(outcome(join)).toEqual([404, 'MEMBER_UNKNOWN']);
    expect((await web.get(payment, { bearer: owner.bearer })).body.status).toBe('PAID');
  });

  test('queue token is of no use', async () => {
    const [owner, stranger] = [await member(), await member()];
    const token = await web.admitted(scheduleId, owner.id, { bearer: owner.bearer });
    const { bearer } = stranger;
    for (const [method, path] of [
      ['GET', `/v1/schedules/${scheduleId}/queue/tickets/me`],
      ['GET', `/v1/schedules/${scheduleId}/queue/tickets/me/events`],
      ['DELETE', `/v1/schedules/${scheduleId}/queue/tickets/me`],
      ['GET', `/v1/schedules/${scheduleId}/seats`],
      ['GET', `/v1/schedules/${scheduleId}/seats/events`],
      ['POST', `/v1/reservations/1/extension`],
      ['POST', `/v1/schedules/${scheduleId}/reservations`],
      ['POST', `/v1/reservations/1/payment`],
      ['GET', `/v1/reservations/1`],
    ] as const) {
      const answer = await web.call(method, path, { bearer, token });
      expect([path, ...outcome(answer)]).toEqual([path, 401, 'TOKEN_INVALID']);
    }
  });
});

test('a stream needs both tokens', async () => {
  const { id, bearer } = await member();
  const token = await web.admitted(scheduleId, id, { bearer });
  const url = `${web.url}/v1/schedules/${scheduleId}/queue/tickets/me/events?token=${token}`;
  expect((await SseReader.open(url)).status).toBe(401);
  const reader = await SseReader.open(url, { authorization: `Bearer ${bearer}` });
  await reader.until(() => reader.last?.data.status === 'ADMITTED');
  reader.close();
});
