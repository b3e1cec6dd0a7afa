import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createConnection, createServer } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { create, toBinary } from '@bufbuild/protobuf';
import { StringValueSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, ConnectError, decodeBinaryHeader, encodeBinaryHeader, type HandlerContext } from '@connectrpc/connect';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { ErrorInfoSchema } from '@boxoffice/proto/rpc';
import { errorInfoOf, reasonOf, refuse, retryAfterMsOf, violationsOf } from '../error.ts';
import { Grace } from '../grace.ts';
import { mount } from '../grpc/server.ts';
import { connect, ProbeService, recordingLog, startProbe, UploadService } from './grpc-probe.ts';

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConnectError)) {
    throw new Error('the call went well, or failed otherwise', { cause: error });
  }
  return error;
}

// A client that knows nothing of ours.
function stockCall(address: string, request: Buffer, metadata = new Metadata()): Promise<Buffer> {
  const client = new Client(address, credentials.createInsecure());
  const asIs = (bytes: Buffer) => bytes;
  return new Promise<Buffer>((resolve, reject) => {
    client.makeUnaryRequest('/probe.v1.ProbeService/Say', asIs, asIs, request, metadata, (error, response) =>
      error === null ? resolve(response ?? Buffer.alloc(0)) : reject(error),
    );
  }).finally(() => client.close());
}

test('a unary call is answered', async () => {
  await using server = await startProbe();
  await using client = connect(server.address);
  expect(await client.say({ text: 'you' })).toMatchObject({ value: 'hello you' });
});

test('headers and trailers travel both ways, binary ones too', async () => {
  const bytes = new Uint8Array([0, 255, 44, 32, 7]);
  let received: HandlerContext | undefined;
  await using server = await startProbe({
    say(_request, context) {
      received = context;
      context.responseHeader.set('x-text', 'head');
      context.responseHeader.append('x-data-bin', encodeBinaryHeader(bytes));
      context.responseHeader.append('x-data-bin', encodeBinaryHeader(bytes));
      context.responseTrailer.set('x-end', 'tail');
      return {};
    },
  });
  await using client = connect(server.address);
  let header = new Headers();
  let trailer = new Headers();
  await client.say(
    {},
    {
      headers: [
        ['x-ask', 'one'],
        ['x-ask', 'two'],
        ['x-ask-bin', encodeBinaryHeader(bytes)],
      ],
      onHeader: (got) => (header = got),
      onTrailer: (got) => (trailer = got),
    },
  );
  expect(received?.requestHeader.get('x-ask')).toBe('one, two');
  expect(decodeBinaryHeader(received?.requestHeader.get('x-ask-bin') ?? '')).toEqual(bytes);
  expect(header.get('x-text')).toBe('head');
  expect((header.get('x-data-bin') ?? '').split(', ').map((value) => decodeBinaryHeader(value))).toEqual([
    bytes,
    bytes,
  ]);
  expect(trailer.get('x-end')).toBe('tail');
});

describe('an error', () => {
  test('arrives with its code, message, reason, fields and delay', async () => {
    await using server = await startProbe({
      say() {
        throw refuse('SEAT_TAKEN', 'seat 5 is taken: 좌석', {
          metadata: { seatId: '5' },
          retryAfterMs: 1_500,
          violations: [{ field: 'seat_ids[0]', description: 'is taken' }],
        });
      },
    });
    await using client = connect(server.address);
    const error = await failureOf(client.say({}));
    expect(error.code).toBe(Code.FailedPrecondition);
    expect(error.rawMessage).toBe('seat 5 is taken: 좌석');
    expect(reasonOf(error)).toBe('SEAT_TAKEN');
    expect(errorInfoOf(error)).toMatchObject({ domain: 'boxoffice', metadata: { seatId: '5' } });
    expect(violationsOf(error)).toEqual([{ field: 'seat_ids[0]', description: 'is taken' }]);
    expect(retryAfterMsOf(error)).toBe(1_500);
  });

  test('carries its metadata as trailers', async () => {
    await using server = await startProbe({
      say() {
        throw new ConnectError('no', Code.NotFound, { 'x-why': 'because' });
      },
    });
    await using client = connect(server.address);
    expect((await failureOf(client.say({}))).metadata.get('x-why')).toBe('because');
  });

  test('that is not a refusal tells nothing but an id, and the log has the rest', async () => {
    const { log, lines } = recordingLog();
    await using server = await startProbe(
      {
        say() {
          throw new Error('password=hunter2');
        },
      },
      { log },
    );
    await using client = connect(server.address);
    const error = await failureOf(client.say({}));
    expect(error.code).toBe(Code.Internal);
    expect(error.rawMessage).toBe('internal error');
    const incident = errorInfoOf(error)?.metadata['incident'];
    expect(JSON.stringify(error.findDetails(ErrorInfoSchema))).not.toContain('hunter2');
    expect(lines.find(({ level }) => level === 50)).toMatchObject({
      rpc: 'probe.v1.ProbeService/Say',
      code: 'Internal',
      incident,
      err: { message: 'password=hunter2', stack: expect.stringContaining('grpc-unary.test.ts') },
    });
  });

  test('of a database that is away is UNAVAILABLE, with a delay', async () => {
    await using server = await startProbe({
      say() {
        throw Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' });
      },
    });
    await using client = connect(server.address);
    const error = await failureOf(client.say({}));
    expect(reasonOf(error)).toBe('DEPENDENCY_UNAVAILABLE');
    expect(error.message).not.toContain('10.1.2.3');
    expect(retryAfterMsOf(error)).toBe(1_000);
  });

  test('too large for trailers loses details, not itself', async () => {
    await using server = await startProbe({
      say() {
        throw refuse('REQUEST_INVALID', `long ${'x'.repeat(100_000)}\ud800`, {
          violations: Array.from({ length: 1_000 }, (_, i) => ({ field: `f[${i}]`, description: 'bad' })),
        });
      },
    });
    await using client = connect(server.address);
    const error = await failureOf(client.say({}));
    expect(reasonOf(error)).toBe('REQUEST_INVALID');
    expect(violationsOf(error)).toEqual([]);
    expect(error.rawMessage.length).toBeLessThanOrEqual(1_024);
  });
});

describe('a request', () => {
  test('that breaks its rules is refused with the fields', async () => {
    await using server = await startProbe();
    await using client = connect(server.address);
    const error = await failureOf(client.say({ text: 'x'.repeat(65), count: -1 }));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(reasonOf(error)).toBe('REQUEST_INVALID');
    expect(violationsOf(error).map(({ field }) => field)).toEqual(['text', 'count']);
  });

  test('that is not the message it should be is refused, not an internal error', async () => {
    await using server = await startProbe();
    await expect(stockCall(server.address, Buffer.from([0x0a, 0x7f, 1]))).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
  });

  test('of more than 64 KiB is refused, also when it is small until it is decompressed', async () => {
    await using server = await startProbe();
    await using client = connect(server.address);
    expect((await failureOf(client.say({ text: 'x'.repeat(70_000) }))).code).toBe(Code.ResourceExhausted);
    const large = toBinary(StringValueSchema, create(StringValueSchema, { value: 'x'.repeat(70_000) }));
    const trailers = await rawCall(server.port, await promisify(gzip)(large), { 'grpc-encoding': 'gzip' }, 1);
    expect(trailers['grpc-status']).toBe(String(status.RESOURCE_EXHAUSTED));
  });

  test('with too much metadata is refused', async () => {
    await using server = await startProbe();
    const metadata = new Metadata();
    metadata.set('x-much', 'x'.repeat(17_000));
    await expect(stockCall(server.address, Buffer.alloc(0), metadata)).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
    // Far beyond, HTTP/2 itself refuses.
    metadata.set('x-much', 'x'.repeat(200_000));
    await expect(stockCall(server.address, Buffer.alloc(0), metadata)).rejects.toBeInstanceOf(Error);
    expect(await stockCall(server.address, Buffer.alloc(0))).toBeInstanceOf(Buffer);
  });

  test('over the number of calls at once is refused, and there is room again afterwards', async () => {
    const gate = Promise.withResolvers<void>();
    await using server = await startProbe(
      {
        say: async () => {
          await gate.promise;
          return {};
        },
      },
      { limits: { unaryCallsMax: 2 } },
    );
    await using client = connect(server.address);
    const calls = [client.say({}), client.say({}), client.say({})];
    const error = await failureOf(Promise.race(calls));
    expect(reasonOf(error)).toBe('OVERLOADED');
    gate.resolve();
    expect((await Promise.allSettled(calls)).filter((call) => call.status === 'fulfilled')).toHaveLength(2);
    expect(await client.say({})).toBeDefined();
  });
});

describe('a deadline', () => {
  const never = (_request: unknown, { signal }: HandlerContext): Promise<never> =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

  test('of the client ends the call and aborts the handler', async () => {
    const aborted = Promise.withResolvers<unknown>();
    await using server = await startProbe(
      {
        say: (_request, { signal, timeoutMs }) => {
          expect(timeoutMs()).toBeLessThanOrEqual(500);
          signal.addEventListener('abort', () => aborted.resolve(signal.reason));
          return new Promise(() => undefined);
        },
      },
      { grace: new Grace(10) },
    );
    await using client = connect(server.address);
    await client.read({});
    expect((await failureOf(client.say({}, { timeoutMs: 500 }))).code).toBe(Code.DeadlineExceeded);
    expect(await aborted.promise).toMatchObject({ code: Code.DeadlineExceeded });
  });

  test('is set by the server when the client sets none, and capped when it sets a late one', async () => {
    await using server = await startProbe({ say: never }, { limits: { unaryTimeoutMs: 50, unaryTimeoutMaxMs: 100 } });
    await expect(stockCall(server.address, Buffer.alloc(0))).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    await using client = connect(server.address);
    expect((await failureOf(client.say({}, { timeoutMs: 20_000 }))).code).toBe(Code.DeadlineExceeded);
  });
});

test('a caller that goes away aborts the handler', async () => {
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<unknown>();
  await using server = await startProbe({
    say: (_request, { signal }) =>
      new Promise((_resolve, reject) => {
        started.resolve();
        signal.addEventListener('abort', () => {
          aborted.resolve(signal.reason);
          reject(signal.reason as Error);
        });
      }),
  });
  await using client = connect(server.address);
  const abort = new AbortController();
  const call = failureOf(client.say({}, { signal: abort.signal }));
  await started.promise;
  abort.abort();
  expect((await call).code).toBe(Code.Canceled);
  expect(await aborted.promise).toMatchObject({ code: Code.Canceled });
});

test('every call leaves one line in the log, without its key', async () => {
  const { log, lines } = recordingLog();
  await using server = await startProbe({}, { log });
  await using client = connect(server.address);
  await client.read({ text: 'secret' });
  expect(lines.filter(({ rpc }) => rpc !== undefined)).toEqual([
    expect.objectContaining({
      level: 20,
      rpc: 'probe.v1.ProbeService/Read',
      code: 'OK',
      caller: 'service:bff',
      partner: 'house',
      durationMs: expect.any(Number),
      peer: expect.stringContaining('127.0.0.1:'),
    }),
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/bo_|secret/);
});

test('a server takes so many connections and no more', async () => {
  await using server = await startProbe({}, { limits: { connectionsMax: 1 } });
  await using client = connect(server.address);
  await client.say({});
  const [second] = (await once(createConnection(server.port, '127.0.0.1'), 'close')) as [boolean];
  expect(second).toBe(false);
  expect(await client.say({})).toBeDefined();
});

describe('a server does not start', () => {
  test('when its port is taken, and names the port and its variable', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(startProbe({}, { port, portVariable: 'QUEUE_PORT' })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `port ${port} of 127.0.0.1 is taken: set QUEUE_PORT to another (0 picks a free one)`,
    });
    taken.close();
  });

  test('when an RPC is missing from the access table', async () => {
    await expect(startProbe({}, { access: { 'probe.v1.ProbeService/Say': ['public'] } })).rejects.toThrow(
      'probe.v1.ProbeService/Read, probe.v1.ProbeService/Watch',
    );
  });

  test('when an RPC streams requests', async () => {
    const upload = mount(UploadService, { upload: () => Promise.resolve({ value: '' }) });
    await expect(
      startProbe({}, { services: [upload], access: { 'probe.v1.UploadService/Upload': ['public'] } }),
    ).rejects.toThrow('probe.v1.UploadService/Upload streams requests');
  });

  test('when an RPC has no implementation, or a service is there twice', async () => {
    const empty = mount(ProbeService, {} as never);
    await expect(startProbe({}, { services: [empty] })).rejects.toThrow('Say has no implementation');
    await expect(startProbe({}, { services: [empty, empty] })).rejects.toThrow('mounted twice');
  });
});

test('a server outlives whatever is thrown at its port', async () => {
  await using server = await startProbe();
  const junk: (() => Promise<unknown>)[] = [
    () => rawCall(server.port, Buffer.alloc(0), { ':path': '/no.Such/Thing%00\u00ff' }),
    () => rawCall(server.port, Buffer.alloc(0), { 'grpc-timeout': 'soon' }),
    () => rawCall(server.port, Buffer.alloc(0), { 'grpc-encoding': 'lzma' }, 1),
    () => rawCall(server.port, Buffer.alloc(0), { 'content-type': 'text/html' }),
    () => rawCall(server.port, Buffer.from('not gzip'), { 'grpc-encoding': 'gzip' }, 1),
    // A service name that is not UTF-8.
    () => rawCall(server.port, Buffer.from([0x0a, 3, 0xed, 0xa0, 0x80]), { ':path': '/grpc.health.v1.Health/Check' }),
  ];
  for (const send of junk) {
    await send();
  }
  await using client = connect(server.address);
  expect(await client.say({ text: 'you' })).toMatchObject({ value: 'hello you' });
});

// A call at the level of HTTP/2: the headers of its end, be it good or bad.
async function rawCall(
  port: number,
  message: Buffer,
  headers: Record<string, string>,
  compressed = 0,
): Promise<Record<string, unknown>> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/probe.v1.ProbeService/Say',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  const end: Record<string, unknown> = {};
  stream.on('response', (got) => void Object.assign(end, got));
  stream.on('trailers', (got) => void Object.assign(end, got));
  stream.on('error', () => undefined);
  stream.resume();
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(compressed, 0);
  prefix.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([prefix, message]));
  await once(stream, 'close');
  session.close();
  return end;
}
