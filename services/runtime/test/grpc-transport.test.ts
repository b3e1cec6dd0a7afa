import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, createClient, type ConnectError, type Interceptor } from '@connectrpc/connect';
import { refuse } from '../error.ts';
import { Grace } from '../grace.ts';
import type { RpcServer } from '../grpc/server.ts';
import { grpcTransport, onBehalfOf, withKey } from '../grpc/transport.ts';
import { identityOf, type Identity } from '../identity.ts';
import { connect, keyring, ProbeService, startProbe } from './grpc-probe.ts';

async function failureOf(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => Promise.reject(new Error('the call went well')),
    (error: unknown) => error as ConnectError,
  );
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

describe('a server that is away', () => {
  test('fails a call with UNAVAILABLE before its deadline, whatever the call', async () => {
    await using client = connect(`127.0.0.1:${await freePort()}`, { connectTimeoutMs: 60_000 });
    const startedMs = performance.now();
    const errors = await Promise.all([
      failureOf(client.say({}, { timeoutMs: 300 })),
      failureOf(client.read({}, { timeoutMs: 300 })),
      failureOf(client.watch({}, { timeoutMs: 300 })[Symbol.asyncIterator]().next()),
    ]);
    expect(errors.map(({ code }) => code)).toEqual([Code.Unavailable, Code.Unavailable, Code.Unavailable]);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test('is waited for only once: later calls fail at once, until it is there', async () => {
    const port = await freePort();
    await using client = connect(`127.0.0.1:${port}`, { connectTimeoutMs: 1_000 });
    expect(await failureOf(client.say({}))).toMatchObject({ code: Code.Unavailable });
    const startedMs = performance.now();
    expect(await failureOf(client.say({}))).toMatchObject({ code: Code.Unavailable });
    expect(performance.now() - startedMs).toBeLessThan(500);

    const server = await startProbe({}, { port });
    while ((await failureOf(client.say({})).catch(() => undefined)) !== undefined) {
      await delay(10);
    }
    await server[Symbol.asyncDispose]();
  });

  test('and comes back while calls wait is not noticed', async () => {
    const port = await freePort();
    const first = await startProbe({}, { port });
    await using client = connect(`127.0.0.1:${port}`);
    await client.say({});
    await first[Symbol.asyncDispose]();
    const waiting = client.say({ text: 'patient' });
    const second = await startProbe({}, { port });
    expect(await waiting).toMatchObject({ value: 'hello patient' });
    await second[Symbol.asyncDispose]();
  });
});

describe('UNAVAILABLE', () => {
  const away = () => refuse('DEPENDENCY_UNAVAILABLE', 'away', { retryAfterMs: 1 });

  test('is tried again for calls that only read', async () => {
    let calls = 0;
    await using server = await startProbe({
      read() {
        if (++calls < 3) {
          throw away();
        }
        return { value: `call ${calls}` };
      },
    });
    await using client = connect(server.address);
    expect(await client.read({})).toMatchObject({ value: 'call 3' });
  });

  test('is not tried again for calls that change something, nor more than four times', async () => {
    let [reads, writes] = [0, 0];
    await using server = await startProbe({
      read() {
        reads++;
        throw away();
      },
      say() {
        writes++;
        throw away();
      },
    });
    await using client = connect(server.address);
    expect(await failureOf(client.say({}))).toMatchObject({ code: Code.Unavailable });
    expect(writes).toBe(1);
    expect(await failureOf(client.read({}))).toMatchObject({ code: Code.Unavailable });
    expect(reads).toBe(4);
    // Five of ten tokens are gone: from here on nothing is tried again.
    for (let i = 0; i < 3; i++) {
      await failureOf(client.read({}));
    }
    expect(reads).toBe(7);
  });

  test('is not tried again when the deadline would pass meanwhile', async () => {
    let calls = 0;
    await using server = await startProbe({
      read() {
        calls++;
        throw refuse('DEPENDENCY_UNAVAILABLE', 'away', { retryAfterMs: 60_000 });
      },
    });
    await using client = connect(server.address);
    expect(await failureOf(client.read({}, { timeoutMs: 2_000 }))).toMatchObject({ code: Code.Unavailable });
    expect(calls).toBe(1);
  });
});

test('a call without a deadline gets the default of the transport', async () => {
  await using server = await startProbe({ say: () => new Promise(() => undefined) }, { grace: new Grace(10) });
  await using client = connect(server.address, { defaultTimeoutMs: 100 });
  expect(await failureOf(client.say({}))).toMatchObject({ code: Code.DeadlineExceeded });
  expect(await failureOf(client.say({}, { timeoutMs: 0 }))).toMatchObject({ code: Code.DeadlineExceeded });
});

test('a call whose signal is already aborted is not made', async () => {
  let calls = 0;
  await using server = await startProbe({ say: () => ({ value: String(++calls) }) });
  await using client = connect(server.address);
  await client.say({});
  expect(await failureOf(client.say({}, { signal: AbortSignal.abort() }))).toMatchObject({ code: Code.Canceled });
  expect(await client.say({})).toMatchObject({ value: '2' });
});

test('several servers behind one target take turns', async () => {
  const names = ['a', 'b'];
  const servers: RpcServer[] = await Promise.all(names.map((value) => startProbe({ say: () => ({ value }) })));
  await using client = connect(`ipv4:${servers.map(({ address }) => address).join(',')}`);
  const answers = new Set<string>();
  for (let calls = 0; answers.size < 2 && calls < 100; calls++) {
    answers.add((await client.say({})).value);
  }
  expect([...answers].sort()).toEqual(names);
  // One goes: the other answers everything.
  await servers[0]?.[Symbol.asyncDispose]();
  for (let calls = 0; calls < 10; calls++) {
    expect(await client.say({})).toMatchObject({ value: 'b' });
  }
  await servers[1]?.[Symbol.asyncDispose]();
});

test('interceptors see the call and its answer', async () => {
  await using server = await startProbe();
  const seen: string[] = [];
  const watcher: Interceptor = (next) => async (request) => {
    request.header.set('x-by', 'interceptor');
    seen.push(`${request.service.typeName}/${request.method.name} ${String(request.stream)}`);
    const response = await next(request);
    seen.push(`answered ${String(response.stream)}`);
    return response;
  };
  await using client = connect(server.address, { interceptors: [watcher] });
  await client.say({});
  expect(await client.watch({ count: 1 })[Symbol.asyncIterator]().next()).toMatchObject({ done: false });
  expect(seen).toEqual([
    'probe.v1.ProbeService/Say false',
    'answered false',
    'probe.v1.ProbeService/Watch true',
    'answered true',
  ]);
});

test('a service can act for a partner, and pass on the key of another caller', async () => {
  const identities: Identity[] = [];
  await using server = await startProbe({
    read(_request, context) {
      identities.push(identityOf(context));
      return {};
    },
  });
  await using client = connect(server.address);
  await client.read({});
  await client.read({}, { headers: onBehalfOf('acme') });
  await client.read({}, { headers: { ...withKey(keyring.keys.operator), ...onBehalfOf('acme') } });
  expect(identities).toMatchObject([
    { kind: 'service', name: 'bff', partner: 'house' },
    { kind: 'service', name: 'bff', partner: 'acme' },
    { kind: 'operator', name: 'operator', partner: 'acme' },
  ]);
});

test('a closed transport fails its calls, those in progress and later ones', async () => {
  const started = Promise.withResolvers<void>();
  await using server = await startProbe(
    {
      say: () => {
        started.resolve();
        return new Promise(() => undefined);
      },
    },
    { grace: new Grace(10) },
  );
  const transport = grpcTransport({ address: server.address, key: keyring.keys.bff });
  const client = createClient(ProbeService, transport);
  const call = failureOf(client.say({}));
  await started.promise;
  await transport[Symbol.asyncDispose]();
  expect(await call).toMatchObject({ code: Code.Canceled });
  expect(await failureOf(client.say({}))).toMatchObject({ code: Code.Unavailable });
});
