import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, ConnectError, type HandlerContext } from '@connectrpc/connect';
import { reasonOf, refuse } from '../error.ts';
import { connect, keyring, recordingLog, startProbe } from './grpc-probe.ts';

async function readAll(stream: AsyncIterable<{ value: string }>): Promise<{ values: string[]; error: unknown }> {
  const values: string[] = [];
  try {
    for await (const { value } of stream) {
      values.push(value);
    }
    return { values, error: undefined };
  } catch (error) {
    return { values, error };
  }
}

/** Resolves when the signal of a handler is aborted, with the reason. */
function aborted({ signal }: HandlerContext): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
}

/** Waits until `value` stays the same for a while: whoever changes it has come to a halt. */
async function settled(value: () => number): Promise<number> {
  for (let last = -1; last !== value(); await delay(200)) {
    last = value();
  }
  return value();
}

/** Opens a stream at the level of HTTP/2, and reads nothing of it. */
function openWatch(port: number): ClientHttp2Session {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/probe.v1.ProbeService/Watch',
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${keyring.keys.bff}`,
  });
  stream.on('error', () => undefined);
  stream.end(Buffer.alloc(5));
  return session;
}

test('a stream arrives whole and in order, with its headers and trailers', async () => {
  await using server = await startProbe({
    async *watch({ count }, { responseHeader, responseTrailer }) {
      responseHeader.set('x-head', 'first');
      for (let i = 0; i < count; i++) {
        yield { value: String(i) };
      }
      responseTrailer.set('x-tail', 'last');
    },
  });
  await using client = connect(server.address);
  const seen: (string | null)[] = [];
  const { values, error } = await readAll(
    client.watch(
      { count: 5_000 },
      {
        onHeader: (header) => seen.push(header.get('x-head')),
        onTrailer: (trailer) => seen.push(trailer.get('x-tail')),
      },
    ),
  );
  expect(error).toBeUndefined();
  expect(values).toEqual(Array.from({ length: 5_000 }, (_, i) => String(i)));
  expect(seen).toEqual(['first', 'last']);
});

test('an empty stream ends at once', async () => {
  await using server = await startProbe();
  await using client = connect(server.address);
  expect(await readAll(client.watch({ count: 0 }))).toEqual({ values: [], error: undefined });
});

test('an error in the middle comes behind the messages before it', async () => {
  await using server = await startProbe({
    async *watch() {
      yield* [{ value: 'a' }, { value: 'b' }];
      throw refuse('QUEUE_CLOSED', 'over');
    },
  });
  await using client = connect(server.address);
  const { values, error } = await readAll(client.watch({ count: 3 }));
  expect(values).toEqual(['a', 'b']);
  expect(reasonOf(error)).toBe('QUEUE_CLOSED');
});

test('a request is checked before a stream begins', async () => {
  await using server = await startProbe();
  await using client = connect(server.address);
  expect(reasonOf((await readAll(client.watch({ count: -1 }))).error)).toBe('REQUEST_INVALID');
});

describe('back-pressure', () => {
  // 64 in the HTTP/2 window, 16 read ahead there, 16 waiting here; the rest is in the buffers of sockets and streams.
  const aheadMax = 200;
  const kilobyte = 'x'.repeat(1_000);

  test('a server does not run ahead of a slow client', async () => {
    let made = 0;
    await using server = await startProbe({
      async *watch() {
        for (;;) {
          made++;
          yield { value: kilobyte };
        }
      },
    });
    await using client = connect(server.address);
    const abort = new AbortController();
    const stream = client.watch({}, { signal: abort.signal })[Symbol.asyncIterator]();
    let read = 0;
    for (let pause = 0; pause < 3; pause++) {
      for (let i = 0; i < 300; i++, read++) {
        await stream.next();
      }
      expect((await settled(() => made)) - read).toBeLessThan(aheadMax);
    }
    abort.abort();
    await expect(stream.next()).rejects.toMatchObject({ code: Code.Canceled });
  });

  test('nor ahead of one that does not read at all', async () => {
    let made = 0;
    await using server = await startProbe({
      async *watch() {
        for (;;) {
          made++;
          yield { value: kilobyte };
        }
      },
    });
    const session = openWatch(server.port);
    while (made === 0) {
      await delay(5);
    }
    expect(await settled(() => made)).toBeLessThan(aheadMax);
    session.destroy();
  });
});

describe('a stream ends', () => {
  test('when the transport is closed', async () => {
    const returned = Promise.withResolvers<void>();
    await using server = await startProbe({
      async *watch(_request, context) {
        try {
          yield { value: 'first' };
          await aborted(context);
        } finally {
          returned.resolve();
        }
      },
    });
    const client = connect(server.address);
    const stream = client.watch({})[Symbol.asyncIterator]();
    await stream.next();
    await client[Symbol.asyncDispose]();
    await expect(stream.next()).rejects.toMatchObject({ code: Code.Canceled });
    await returned.promise;
  });

  test('when its reader aborts: the handler is told, and its generator returns', async () => {
    const reason = Promise.withResolvers<unknown>();
    const returned = Promise.withResolvers<void>();
    await using server = await startProbe({
      async *watch(_request, context) {
        try {
          void aborted(context).then(reason.resolve);
          yield { value: 'first' };
          await reason.promise;
        } finally {
          returned.resolve();
        }
      },
    });
    await using client = connect(server.address);
    const abort = new AbortController();
    const stream = client.watch({}, { signal: abort.signal })[Symbol.asyncIterator]();
    await stream.next();
    abort.abort();
    await expect(stream.next()).rejects.toMatchObject({ code: Code.Canceled });
    expect(await reason.promise).toMatchObject({ code: Code.Canceled });
    await returned.promise;
  });

  test('when its connection breaks', async () => {
    const started = Promise.withResolvers<void>();
    const returned = Promise.withResolvers<void>();
    await using server = await startProbe({
      async *watch(_request, context) {
        try {
          started.resolve();
          yield { value: 'first' };
          await aborted(context);
        } finally {
          returned.resolve();
        }
      },
    });
    const session = openWatch(server.port);
    await started.promise;
    session.destroy();
    await returned.promise;
  });

  test('at its deadline, also when the handler does not mind it', async () => {
    const release = Promise.withResolvers<void>();
    await using server = await startProbe({
      async *watch() {
        yield { value: 'first' };
        await release.promise;
      },
    });
    await using client = connect(server.address);
    const { values, error } = await readAll(client.watch({}, { timeoutMs: 150 }));
    expect(values).toEqual(['first']);
    expect((error as ConnectError).code).toBe(Code.DeadlineExceeded);
    release.resolve();
  });

  test('with UNAVAILABLE when it has reached its age', async () => {
    await using server = await startProbe(
      {
        async *watch(_request, context) {
          yield { value: 'first' };
          await aborted(context);
        },
      },
      { limits: { streamAgeMaxMs: 100 } },
    );
    await using client = connect(server.address);
    const { values, error } = await readAll(client.watch({}, { timeoutMs: 10_000 }));
    expect(values).toEqual(['first']);
    expect(error).toMatchObject({ code: Code.Unavailable });
    expect(reasonOf(error)).toBe('DRAINING');
  });
});

test('a caller has so many streams at once and no more, whoever else has theirs', async () => {
  const { log, lines } = recordingLog();
  await using server = await startProbe(
    {
      async *watch(_request, context) {
        yield { value: 'first' };
        await aborted(context);
      },
    },
    { limits: { streamsPerCallerMax: 2 }, log },
  );
  await using client = connect(server.address);
  await using other = connect(server.address, { key: keyring.keys.acme });
  const abort = new AbortController();
  const open = (from: typeof client) => from.watch({}, { signal: abort.signal })[Symbol.asyncIterator]();
  const mine = [open(client), open(client)];
  await Promise.all(mine.map((stream) => stream.next()));
  const tooMany = await readAll(client.watch({}));
  expect(tooMany.error).toMatchObject({ code: Code.ResourceExhausted });
  expect(reasonOf(tooMany.error)).toBe('STREAM_LIMIT');
  const others = open(other);
  expect(await others.next()).toMatchObject({ value: { value: 'first' } });

  abort.abort();
  while (lines.filter(({ code }) => code === 'Canceled').length < 3) {
    await delay(5);
  }
  expect(
    await open(client)
      .next()
      .catch((error: unknown) => error),
  ).toBeInstanceOf(ConnectError);
  const again = new AbortController();
  expect(await client.watch({}, { signal: again.signal })[Symbol.asyncIterator]().next()).toMatchObject({
    done: false,
  });
  again.abort();
});

test('the log tells how many messages a stream has sent', async () => {
  const { log, lines } = recordingLog();
  await using server = await startProbe({}, { log });
  await using client = connect(server.address);
  await readAll(client.watch({ count: 3 }));
  expect(lines).toContainEqual(expect.objectContaining({ rpc: 'probe.v1.ProbeService/Watch', code: 'OK', sent: 3 }));
});
