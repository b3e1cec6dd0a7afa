import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import {
  Client,
  credentials,
  Metadata,
  status,
  type ClientReadableStream,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { service as definition } from 'grpc-health-check';
import { recordingLog, startProbe } from './grpc-probe.ts';

interface HealthResponse {
  readonly status: string;
}

type Method = ServiceDefinition[string];

function methodNamed(name: string): Method {
  const method = definition[name];
  if (method === undefined) {
    throw new Error(`grpc-health-check has no ${name}`);
  }
  return method as Method;
}

/** A stock client, which shows no key. */
class HealthClient implements Disposable {
  readonly #client: Client;

  constructor(address: string) {
    this.#client = new Client(address, credentials.createInsecure());
  }

  check(service: string, metadata = new Metadata()): Promise<string> {
    const { path, requestSerialize, responseDeserialize } = methodNamed('Check');
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize as (bytes: Buffer) => HealthResponse,
        { service },
        metadata,
        (error, response) => (error === null ? resolve(response?.status ?? '') : reject(error)),
      );
    });
  }

  watch(service: string): ClientReadableStream<HealthResponse> {
    const { path, requestSerialize, responseDeserialize } = methodNamed('Watch');
    const deserialize = responseDeserialize as (bytes: Buffer) => HealthResponse;
    return this.#client.makeServerStreamRequest(path, requestSerialize, deserialize, { service });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

test('health is told of each service and of all, without a key', async () => {
  await using server = await startProbe();
  using health = new HealthClient(server.address);
  expect(await health.check('')).toBe('SERVING');
  expect(await health.check('probe.v1.ProbeService')).toBe('SERVING');
  await expect(health.check('no.such.Service')).rejects.toMatchObject({ code: status.NOT_FOUND });
  server.setServing('probe.v1.ProbeService', false);
  expect(await health.check('probe.v1.ProbeService')).toBe('NOT_SERVING');
  expect(await health.check('')).toBe('SERVING');
});

test('health follows what the services need', async () => {
  const { log, lines } = recordingLog();
  let isAway = false;
  const ready = () => (isAway ? Promise.reject(new Error('no database')) : Promise.resolve());
  await using server = await startProbe({}, { ready, log, limits: { healthIntervalMs: 20 } });
  using health = new HealthClient(server.address);
  const watch = health.watch('')[Symbol.asyncIterator]();
  expect(await watch.next()).toMatchObject({ value: { status: 'SERVING' } });
  isAway = true;
  expect(await watch.next()).toMatchObject({ value: { status: 'NOT_SERVING' } });
  isAway = false;
  expect(await watch.next()).toMatchObject({ value: { status: 'SERVING' } });
  expect(lines.map(({ msg }) => msg)).toEqual(['not serving: something the services need is away', 'serving again']);
});

test('a need that does not answer is a need that is away', async () => {
  const ready = () => new Promise<void>(() => undefined);
  await using server = await startProbe({}, { ready, limits: { healthTimeoutMs: 20 } });
  using health = new HealthClient(server.address);
  expect(await health.check('')).toBe('NOT_SERVING');
});

test('a closing server says that nothing serves any more, then ends the watches', async () => {
  const server = await startProbe();
  using health = new HealthClient(server.address);
  const watch = health.watch('')[Symbol.asyncIterator]();
  expect(await watch.next()).toMatchObject({ value: { status: 'SERVING' } });
  const closed = server[Symbol.asyncDispose]();
  expect(await watch.next()).toMatchObject({ value: { status: 'NOT_SERVING' } });
  await expect(watch.next()).rejects.toMatchObject({ code: status.UNAVAILABLE });
  await closed;
});

describe('those who show no key are held to limits too', () => {
  test('of metadata', async () => {
    await using server = await startProbe();
    using health = new HealthClient(server.address);
    const metadata = new Metadata();
    metadata.set('x-much', 'x'.repeat(17_000));
    await expect(health.check('', metadata)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  test('of streams at once, by address', async () => {
    await using server = await startProbe({}, { limits: { streamsPerCallerMax: 2 } });
    using health = new HealthClient(server.address);
    const streams = [health.watch(''), health.watch(''), health.watch('')];
    const first = await Promise.allSettled(streams.map((stream) => stream[Symbol.asyncIterator]().next()));
    expect(first.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(first[2]).toMatchObject({ reason: { code: status.RESOURCE_EXHAUSTED } });
  });

  test('of age', async () => {
    await using server = await startProbe({}, { limits: { openStreamAgeMaxMs: 50 } });
    using health = new HealthClient(server.address);
    const watch = health.watch('')[Symbol.asyncIterator]();
    await watch.next();
    await expect(watch.next()).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});
