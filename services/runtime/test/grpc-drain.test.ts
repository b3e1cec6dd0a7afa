import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, type HandlerContext } from '@connectrpc/connect';
import { reasonOf } from '../error.ts';
import { Grace } from '../grace.ts';
import { connect, startProbe } from './grpc-probe.ts';

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

function aborted({ signal }: HandlerContext): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
}

test('a closing server lets calls finish, and nobody else in', async () => {
  const started = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const server = await startProbe({
    say: async () => {
      started.resolve();
      await finish.promise;
      return { value: 'done' };
    },
  });
  await using client = connect(server.address, { connectTimeoutMs: 200 });
  const call = client.say({});
  await started.promise;
  let isClosed = false;
  const closed = server[Symbol.asyncDispose]().then(() => (isClosed = true));
  expect(await failureOf(client.say({}))).toMatchObject({ code: Code.Unavailable });
  expect(isClosed).toBe(false);
  finish.resolve();
  expect(await call).toMatchObject({ value: 'done' });
  await closed;
});

test('a closing server ends streams with UNAVAILABLE, and what they had sent arrives', async () => {
  const server = await startProbe({
    async *watch(_request, context) {
      yield { value: 'first' };
      await aborted(context);
    },
  });
  await using client = connect(server.address);
  const stream = client.watch({})[Symbol.asyncIterator]();
  expect(await stream.next()).toMatchObject({ value: { value: 'first' } });
  const startedMs = performance.now();
  await server[Symbol.asyncDispose]();
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  const error = await failureOf(stream.next());
  expect(error).toMatchObject({ code: Code.Unavailable });
  expect(reasonOf(error)).toBe('DRAINING');
});

test('a closing server waits for a generator that still cleans up', async () => {
  let isClean = false;
  const server = await startProbe({
    async *watch(_request, context) {
      try {
        yield { value: 'first' };
        await aborted(context);
      } finally {
        await delay(100);
        isClean = true;
      }
    },
  });
  await using client = connect(server.address);
  const stream = client.watch({})[Symbol.asyncIterator]();
  await stream.next();
  await server[Symbol.asyncDispose]();
  expect(isClean).toBe(true);
  await failureOf(stream.next());
});

test('a call that takes too long is aborted, and one that does not mind is left behind', async () => {
  const started = Promise.withResolvers<void>();
  const reason = Promise.withResolvers<unknown>();
  const server = await startProbe(
    {
      say: (_request, context) => {
        started.resolve();
        void aborted(context).then(reason.resolve);
        return new Promise(() => undefined);
      },
    },
    { grace: new Grace(100) },
  );
  await using client = connect(server.address);
  const call = failureOf(client.say({}));
  await started.promise;
  const startedMs = performance.now();
  await server[Symbol.asyncDispose]();
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect(reasonOf(await call)).toBe('DRAINING');
  expect(reasonOf(await reason.promise)).toBe('DRAINING');
});

test('closing twice is closing once', async () => {
  const server = await startProbe();
  await Promise.all([server[Symbol.asyncDispose](), server[Symbol.asyncDispose]()]);
  await server[Symbol.asyncDispose]();
});
