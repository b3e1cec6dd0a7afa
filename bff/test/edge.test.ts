import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { createLogger } from '@boxoffice/runtime/log';
import { newMember, startSystem, type System } from './system.ts';
import { SseReader } from './sse-reader.ts';
import type { Answer, Web } from './web.ts';

let system: System;
let web: Web;
let logged = '';
const log = createLogger(
  'bff',
  'trace',
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  }),
);
beforeAll(async () => {
  system = await startSystem({ log, env: { CORS_ORIGINS: 'https://shop.example' } });
  ({ web } = system);
});
afterAll(() => system[Symbol.asyncDispose]());

const outcome = ({ status, body }: Answer): [number, string | undefined] => [status, body.reason];

/** Sends bytes as they are, and reads until the connection is closed. */
function sendRaw(text: string): Promise<string> {
  const { hostname, port } = new URL(web.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('a problem', () => {
  test('says what, where and under which id', async () => {
    const answer = await web.get('/v1/concerts/9007199254740991', { headers: { 'x-request-id': 'my-request-1' } });
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['x-request-id']).toBe('my-request-1');
    expect(answer.body).toEqual({
      type: 'urn:boxoffice:problem:concert-unknown',
      title: 'Concert unknown',
      status: 404,
      detail: expect.any(String),
      reason: 'CONCERT_UNKNOWN',
      instance: '/v1/concerts/9007199254740991',
      requestId: 'my-request-1',
    });
  });

  test('has an id of its own where the request has none, or none that could be logged', async () => {
    for (const headers of [{}, { 'x-request-id': 'a b' }, { 'x-request-id': 'x'.repeat(200) }]) {
      const answer = await web.get('/nowhere', { headers });
      expect(answer.body.requestId).toMatch(/^[0-9a-f-]{36}$/);
      expect(answer.headers['x-request-id']).toBe(answer.body.requestId);
    }
  });
});

describe('an address', () => {
  test.each(['/nowhere', '/v1', '/v1/concerts/1/2/3', '/v1/members', '/%2F', '/v1/admin'])(
    'that is none: %s',
    async (path) => {
      expect(outcome(await web.call(path === '/v1/members' ? 'GET' : 'DELETE', path))[0]).toBe(
        path === '/v1/members' ? 405 : 404,
      );
    },
  );

  test('says which methods it takes', async () => {
    const wrong = await web.call('PUT', '/v1/reservations/1');
    expect(outcome(wrong)).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(wrong.headers.allow?.split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS']);
    expect((await web.call('PROPFIND', '/v1/concerts')).status).toBe(405);
    const options = await web.call('OPTIONS', '/v1/concerts');
    expect([options.status, options.headers.allow]).toEqual([204, 'HEAD, GET, OPTIONS']);
  });

  test('can be asked for its head', async () => {
    const head = await web.call('HEAD', '/v1/concerts');
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    expect((await web.call('HEAD', '/v1/concerts/0')).status).toBe(400);
  });

  test('of the whole tells what can be called', async () => {
    const { status, body } = await web.get('/');
    expect(status).toBe(200);
    expect(body.calls).toContain('POST /v1/schedules/{id}/queue/tickets');
    expect(body.calls.length).toBeGreaterThan(25);
  });
});

describe('a body', () => {
  const path = '/v1/members';

  test('has at most 64 KiB', async () => {
    const answer = await web.post(path, { body: { id: 'x'.repeat(64 * 1024) } });
    expect(outcome(answer)).toEqual([413, 'BODY_TOO_LARGE']);
    expect((await web.post(path, { body: ' '.repeat(5 * 1024 * 1024) })).status).toBe(413);
  });

  test('that unpacks to more is refused too', async () => {
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, ' '));
    const response = await fetch(`${web.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Uint8Array(bomb),
    });
    expect([response.status, bomb.length < 64 * 1024]).toEqual([413, true]);
    await response.body?.cancel();
  });

  test.each(['{', '[]', 'null', '"x"', '{"id":"a"}}', '[[[['.repeat(10_000)])(
    'that is no object is malformed',
    async (body) => {
      expect(outcome(await web.post(path, { body }))).toEqual([400, 'REQUEST_INVALID']);
    },
  );

  test('of another type is not taken', async () => {
    const headers = { 'content-type': 'text/plain' };
    expect(outcome(await web.post(path, { body: '{}', headers }))).toEqual([415, 'CONTENT_UNSUPPORTED']);
  });
});

describe('what is hardly HTTP', () => {
  test.each([
    ['BOGUS\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', 400],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
  ])('is refused', async (text, status) => {
    const answer = await sendRaw(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toContain('application/problem+json');
  });

  test.each(['a b', '[', '%%%', ''])('with the host "%s" is answered all the same', async (host) => {
    const token = await web.join(await web.newSchedule(), newMember());
    const path = '/v1/schedules/9007199254740991/queue/tickets/me/events';
    for (const target of ['/v1/concerts', path]) {
      const answer = await sendRaw(
        `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nQueue-Token: ${token}\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1.1 (?:200|40\d) /);
    }
  });
});

describe('a page of another origin', () => {
  const preflight = (origin: string) =>
    web.call('OPTIONS', '/v1/members', {
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'queue-token' },
    });

  test('may call when it is named', async () => {
    const allowed = await preflight('https://shop.example');
    expect(allowed.status).toBe(204);
    expect(allowed.headers['access-control-allow-origin']).toBe('https://shop.example');
    expect(allowed.headers['access-control-allow-headers']).toMatch(/Queue-Token/);
    const called = await web.get('/v1/concerts/0', { headers: { origin: 'https://shop.example' } });
    expect(called.headers['access-control-allow-origin']).toBe('https://shop.example');
    expect(called.headers['access-control-expose-headers']).toContain('Idempotency-Replayed');
  });

  test('may not otherwise', async () => {
    expect((await preflight('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin');
    const called = await web.get('/v1/concerts', { headers: { origin: 'https://evil.example' } });
    expect(called.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

test('the log tells of requests, and no tokens', async () => {
  const scheduleId = await web.newSchedule();
  const token = await web.join(scheduleId, newMember());
  const reader = await SseReader.open(`${web.url}/v1/schedules/${scheduleId}/queue/tickets/me/events?token=${token}`);
  await reader.until(() => reader.events.length > 0);
  reader.close();
  await web.get(`/v1/schedules/${scheduleId}/queue/tickets/me`, { token });
  await web.get(`/v1/schedules/1/queue/tickets/me/events?token=${token}`);
  await web.get(`/v1/schedules/${scheduleId}/seats`, { token, bearer: system.keys.operator });
  expect(logged).toContain(`/v1/schedules/${scheduleId}/queue/tickets/me/events`);
  expect(logged).toContain('AUTH_MODE=open');
  for (const secret of [token, token.split('.')[2] ?? '', system.keys.operator, system.keys.bff]) {
    expect(logged).not.toContain(secret);
  }
});

test('answers carry what keeps browsers from guessing', async () => {
  const { headers } = await web.get('/v1/concerts');
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'content-security-policy': expect.any(String) });
});
