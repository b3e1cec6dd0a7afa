import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@boxoffice/runtime/testing/tests';
import type { ConnectError } from '@connectrpc/connect';
import { reasonOf } from '../error.ts';
import { Grace } from '../grace.ts';
import { cutShort, notTaken } from '../grpc/not-begun.ts';
import type { RpcServer } from '../grpc/server.ts';
import { connect, startProbe } from './grpc-probe.ts';

const callers = 24;

/** A server whose unary call must not be made twice, and that notes what it has taken. */
function startCounting(seen: Map<string, number>, onTaken = (): void => undefined, port = 0): Promise<RpcServer> {
  return startProbe(
    {
      async say({ text }) {
        onTaken();
        seen.set(text, (seen.get(text) ?? 0) + 1);
        await delay(2);
        return { value: text };
      },
    },
    { port },
  );
}

test('servers close one after the other under load, and no caller notices, though its call must not be made twice', async () => {
  const seen = new Map<string, number>();
  const servers = [await startCounting(seen), await startCounting(seen)];
  await using client = connect(`ipv4:${servers.map(({ address }) => address).join(',')}`);
  let over = false;
  const failures: unknown[] = [];
  const answered: string[] = [];
  const call = async (caller: number): Promise<void> => {
    for (let count = 0; !over; count++) {
      const text = `${caller}/${count}`;
      await client.say({ text }).then(
        ({ value }) => answered.push(value),
        (error: unknown) => failures.push(error),
      );
    }
  };
  const calling = Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  for (const index of [0, 1, 0, 1]) {
    const before = answered.length;
    while (answered.length < before + 10 * callers) await delay(5);
    const port = servers[index]?.port ?? 0;
    await servers[index]?.[Symbol.asyncDispose]();
    // Before the client has found its successor, the other one cannot go.
    const found = Promise.withResolvers<void>();
    servers[index] = await startCounting(seen, found.resolve, port);
    await found.promise;
  }
  over = true;
  await calling;
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  expect(failures).toEqual([]);
  expect([...seen.values()].filter((times) => times !== 1)).toEqual([]);
  expect(seen.size).toBe(answered.length);
});

test('a call that a closing server does not take is made again at once, one that it has cut short is not', async () => {
  let calls = 0;
  let answer = (): ConnectError | undefined => undefined;
  await using server = await startProbe({
    say() {
      calls++;
      const error = answer();
      if (error !== undefined) throw error;
      return { value: 'done' };
    },
  });
  await using client = connect(server.address);
  answer = () => (calls === 1 ? notTaken() : undefined);
  const startedMs = performance.now();
  expect(await client.say({})).toMatchObject({ value: 'done' });
  expect(performance.now() - startedMs).toBeLessThan(1_000);
  expect(calls).toBe(2);
  calls = 0;
  answer = cutShort;
  expect(reasonOf(await client.say({}).catch((error: unknown) => error))).toBe('DRAINING');
  expect(calls).toBe(1);
});

test('a call that was begun is not said to be not begun, when it fails since a server behind closes', async () => {
  await using behind = await startProbe({
    say() {
      throw notTaken();
    },
  });
  await using inside = connect(behind.address);
  let calls = 0;
  await using server = await startProbe({
    say(request) {
      calls++;
      return inside.say(request);
    },
  });
  await using client = connect(server.address);
  expect(reasonOf(await client.say({}).catch((error: unknown) => error))).toBe('DEPENDENCY_UNAVAILABLE');
  expect(calls).toBe(1);
});

test('what is under way shares one time, which begins when it is first asked for', async () => {
  const grace = new Grace(200);
  await delay(50);
  expect(grace.leftMs()).toBeGreaterThan(190);
  await delay(50);
  const left = grace.leftMs();
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(160);
  expect(new Grace(0).leftMs()).toBe(0);
});
