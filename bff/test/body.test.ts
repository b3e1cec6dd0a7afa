import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { bodyBytesMax, readJsonBody } from '../request/body.ts';
import { problemFrom } from '../http/problem.ts';

let port: number;
const server = createServer((req, res) => {
  readJsonBody(req).then(
    (body) => res.end(JSON.stringify(Object.keys(body))),
    (error: unknown) => {
      const { status, body } = problemFrom(error);
      res.writeHead(status).end(JSON.stringify(body));
    },
  );
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

const json = { 'content-type': 'application/json' };

async function post(body: string | Uint8Array, headers: Record<string, string> = json): Promise<[number, unknown]> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body);
  const response = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: bytes, headers });
  const answer = (await response.json()) as { detail?: string };
  return [response.status, answer.detail ?? answer];
}

const ofBytes = (bytes: number): string => JSON.stringify({ a: 'x'.repeat(bytes - 8) });

describe('a body', () => {
  test('can be empty, of any type', async () => {
    expect(await post('', {})).toEqual([200, []]);
    expect(await post('', { 'content-type': 'text/plain' })).toEqual([200, []]);
  });

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'is taken as %s',
    async (type) => {
      expect(await post('{"a":1}', { 'content-type': type })).toEqual([200, ['a']]);
    },
  );

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/jsonp',
  ])('is not taken as %s', async (type) => {
    expect((await post('{"a":1}', { 'content-type': type }))[0]).toBe(415);
  });

  test.each(['{', '[]', '"a"', '1', 'null', '{"a":1}}'])('%s is malformed', async (text) => {
    expect((await post(text))[0]).toBe(400);
  });

  test('that is not UTF-8 is malformed', async () => {
    expect(await post(Buffer.from('7b2261223a22ff227d', 'hex'))).toEqual([
      400,
      'the request is invalid: body: it is not UTF-8',
    ]);
  });

  test('has at most 64 KiB', async () => {
    expect((await post(ofBytes(bodyBytesMax)))[0]).toBe(200);
    expect((await post(ofBytes(bodyBytesMax + 1)))[0]).toBe(413);
    expect((await post(ofBytes(bodyBytesMax * 20)))[0]).toBe(413);
  });

  test('has at most 64 KiB also where nobody says how long it is', async () => {
    const req = request({ port, method: 'POST', headers: { ...json, 'transfer-encoding': 'chunked' } });
    req.on('error', () => undefined);
    req.write(ofBytes(bodyBytesMax / 2));
    req.end(ofBytes(bodyBytesMax));
    const [response] = (await once(req, 'response')) as [{ statusCode: number; resume: () => void }];
    response.resume();
    expect(response.statusCode).toBe(413);
  });
});

describe('a compressed body', () => {
  const compressors = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };

  for (const [encoding, compress] of Object.entries(compressors)) {
    const headers = { ...json, 'content-encoding': encoding };

    test(`is read (${encoding})`, async () => {
      expect(await post(compress('{"a":1}'), headers)).toEqual([200, ['a']]);
      expect((await post(compress(ofBytes(bodyBytesMax)), headers))[0]).toBe(200);
    });

    test(`has at most 64 KiB when it is unpacked (${encoding})`, async () => {
      expect((await post(compress(ofBytes(bodyBytesMax + 1)), headers))[0]).toBe(413);
      const bomb = compress(Buffer.alloc(40 * 1024 * 1024));
      expect(bomb.length).toBeLessThan(bodyBytesMax);
      expect((await post(bomb, headers))[0]).toBe(413);
    });

    test(`that is broken is malformed (${encoding})`, async () => {
      expect((await post('{"a":1}', headers))[0]).toBe(400);
      expect((await post(compress(ofBytes(5_000)).subarray(0, 20), headers))[0]).toBe(400);
    });
  }

  test('in a way that nobody knows is not taken', async () => {
    expect((await post('{}', { ...json, 'content-encoding': 'gzip, gzip' }))[0]).toBe(415);
    expect((await post('{}', { ...json, 'content-encoding': 'toString' }))[0]).toBe(415);
    expect((await post('{}', { ...json, 'content-encoding': 'identity' }))[0]).toBe(200);
  });
});
