import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

import { afterEach, expect, test } from '@boxoffice/runtime/testing/tests';

import { runClosedLoop, runCountedLoop } from '../load/closed-loop.ts';
import type { Target } from '../load/connection.ts';
import { runPairs } from '../load/open-loop.ts';
import { latenciesOf } from '../load/run-load.ts';

let server: Server | undefined;

async function serve(listener: RequestListener): Promise<Target> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
});

function readBody(req: Parameters<RequestListener>[0]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    req.on('data', (piece: Buffer) => (text += piece.toString()));
    req.on('end', () => resolve(text));
  });
}

test('a closed loop asks with every token, and again when it is answered', async () => {
  const asked = new Set<unknown>();
  const target = await serve((req, res) => {
    asked.add(req.headers['queue-token']);
    res.setHeader('Content-Length', 2).end('{}');
  });
  const tokens = ['a', 'b', 'c', 'd', 'e'];
  const result = await runClosedLoop({
    kind: 'closed',
    target,
    plan: { kind: 'polls', scheduleId: 1n, tokens },
    connections: 2,
    firstAll: true,
    warmUpMs: 0,
    durationMs: 100,
  });
  expect(asked).toEqual(new Set(tokens));
  expect(result.errors).toEqual({});
  expect(latenciesOf(result, 'polls').count).toBeGreaterThan(tokens.length);
});

test('a counted loop asks so many times, each with a key of its own, and the same seed gives the same keys', async () => {
  const asked: { path: string | undefined; key: unknown }[] = [];
  const target = await serve((req, res) => {
    asked.push({ path: req.url, key: req.headers['idempotency-key'] });
    req.resume();
    // The last one is not the answer that a charge gets.
    res.writeHead(asked.length % 10 === 0 ? 200 : 201, { 'Content-Length': 2 }).end('{}');
  });
  const load = {
    kind: 'counted',
    target,
    plan: { kind: 'charges', memberPrefix: 'm-', members: 3, amount: 5, keySeed: 7 },
    connections: 4,
    requests: 10,
  } as const;
  const result = await runCountedLoop(load);
  expect(latenciesOf(result, 'charges').count).toBe(9);
  expect(result.errors).toEqual({ '200': 1 });
  expect(new Set(asked.map(({ key }) => key)).size).toBe(10);
  expect(new Set(asked.map(({ path }) => path)).size).toBe(3);
  const keys = new Set(asked.splice(0).map(({ key }) => key));
  await runCountedLoop(load);
  expect(new Set(asked.map(({ key }) => key))).toEqual(keys);
});

test('a counted loop ends when all its connections are lost', async () => {
  const target = await serve((req) => req.socket.destroy());
  const payables = Array.from({ length: 10 }, (_, nth) => ({ reservationId: BigInt(nth), token: 't' }));
  const result = await runCountedLoop({
    kind: 'counted',
    target,
    plan: { kind: 'payments', payables, keySeed: 1 },
    connections: 4,
    requests: 10,
  });
  expect(result.errors).toEqual({ lost: 4, unstarted: 6 });
});

test('pairs join as members of their own, and poll with the token they got, all of them', async () => {
  const members: string[] = [];
  const polled: unknown[] = [];
  const target = await serve((req, res) => {
    if (req.method === 'GET') {
      polled.push(req.headers['queue-token']);
      res.setHeader('Content-Length', 2).end('{}');
      return;
    }
    void readBody(req).then((text) => {
      const { memberId } = JSON.parse(text) as { memberId: string };
      members.push(memberId);
      const body = JSON.stringify({ token: `of-${memberId}`, number: 1 });
      res.writeHead(201, { 'Content-Length': Buffer.byteLength(body) }).end(body);
    });
  });
  const result = await runPairs({
    kind: 'pairs',
    target,
    scheduleId: 1n,
    memberPrefix: 'm-',
    rate: 200,
    durationMs: 250,
    connections: 8,
  });
  expect(new Set(members).size).toBe(50);
  expect(new Set(polled)).toEqual(new Set(members.map((member) => `of-${member}`)));
  expect(result.errors).toEqual({});
  expect(latenciesOf(result, 'join').count).toBe(50);
  expect(latenciesOf(result, 'poll').count).toBe(50);
});

test('a stall is counted for everybody who came meanwhile, not for those who were sent alone', async () => {
  const stallMs = 200;
  const begin = performance.now();
  const target = await serve((req, res) => {
    req.resume();
    const body = '{"token":"t"}';
    const answer = (): void =>
      void res.writeHead(req.method === 'GET' ? 200 : 201, { 'Content-Length': body.length }).end(body);
    setTimeout(answer, Math.max(0, begin + stallMs - performance.now()));
  });
  // One connection: the second member cannot even be sent before the stall is over.
  const result = await runPairs({
    kind: 'pairs',
    target,
    scheduleId: 1n,
    memberPrefix: 'm-',
    rate: 100,
    durationMs: 100,
    connections: 1,
  });
  const joins = latenciesOf(result, 'join');
  expect(joins.count).toBe(10);
  expect(joins.quantileMs(0.1)).toBeGreaterThan(stallMs / 3);
  expect(result.lateStarts).toBeGreaterThanOrEqual(9);
});

test('errors are told by their status, and broken connections as lost', async () => {
  let turn = 0;
  const target = await serve((req, res) => {
    req.resume();
    turn++;
    if (turn % 2 === 0) req.socket.destroy();
    else res.writeHead(503, { 'Content-Length': 0 }).end();
  });
  const result = await runPairs({
    kind: 'pairs',
    target,
    scheduleId: 1n,
    memberPrefix: 'm-',
    rate: 100,
    durationMs: 40,
    connections: 4,
  });
  expect(result.errors).toEqual({ 'join 503': 2, 'join lost': 2 });
});
