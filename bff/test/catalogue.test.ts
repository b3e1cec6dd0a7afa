import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type ServiceImpl } from '@connectrpc/connect';
import { afterAll, beforeAll, beforeEach, expect, test } from '@boxoffice/runtime/testing/tests';
import { InventoryService } from '@boxoffice/proto/inventory';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { mount, startRpcServer } from '@boxoffice/runtime/grpc/server';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createKey, createKeyring } from '@boxoffice/runtime/keyring';
import { createLogger } from '@boxoffice/runtime/log';
import { describeWithRedis, testRedis, type TestRedis } from '@boxoffice/runtime/testing/redis';
import { startSystem, type System } from './system.ts';
import type { Answer, Web } from './web.ts';

/** Longer than anything is kept without hearing of changes. */
const momentMs = 550;

describeWithRedis('what is remembered of the catalogue', () => {
  const stack = new AsyncDisposableStack();
  let redis: TestRedis;
  let system: System;
  let inventoryTables: Pool;
  /** A BFF whose calls to Inventory are counted, and another one. */
  let web: Web;
  let other: Web;
  let calls: string[] = [];
  /** Three that it remembers. */
  let ids: number[];

  beforeAll(async () => {
    redis = stack.use(await testRedis());
    const env = { REDIS_URL: redis.url };
    system = stack.use(await startSystem({ env }));
    other = system.web;
    inventoryTables = stack.use(openPool({ url: system.databaseUrl, schema: 'inventory', applicationName: 'test' }));
    const { address, key } = await countCalls();
    web = await system.bff({ ...env, INVENTORY_ADDRESS: `ipv4:${address}`, SERVICE_KEY: key });
    ids = await remembered(3);
  });
  afterAll(() => stack.disposeAsync());
  beforeEach(() => void (calls = []));

  /** Inventory as it is, behind a server that notes what is called. */
  async function countCalls(): Promise<{ address: string; key: string }> {
    const { key, entry } = createKey({ kind: 'service', name: 'bff' });
    const transport = stack.use(grpcTransport({ address: system.addressOf('inventory'), key: system.keys.bff }));
    const client = createClient(InventoryService, transport) as unknown as Record<
      string,
      (request: unknown) => unknown
    >;
    const forward = (rpc: string) => async (request: unknown) => {
      calls.push(rpc);
      return client[rpc]?.(request);
    };
    const rpcs = InventoryService.methods.map(({ localName }) => [localName, forward(localName)] as const);
    const services = [
      mount(InventoryService, Object.fromEntries(rpcs) as unknown as ServiceImpl<typeof InventoryService>),
    ];
    const [keyring, log] = [createKeyring([entry]), createLogger('test', 'silent')];
    const server = stack.use(await startRpcServer({ host: '127.0.0.1', port: 0, services, keyring, log }));
    return { address: server.address, key };
  }

  const path = (id: number): string => `/v1/concerts/${id}`;
  const newConcert = async (name = 'Before'): Promise<number> =>
    (await other.admin('POST', '/concerts', { body: { name } })).body.id;
  const rename = (id: number, name: string): Promise<Answer> =>
    other.admin('PATCH', path(id).slice(3), { body: { name } });

  /** Concerts that are kept for long: what is loaded just after a change is not. */
  async function remembered(count: number): Promise<number[]> {
    const ids = await Promise.all(Array.from({ length: count }, () => newConcert()));
    do {
      calls = [];
      await delay(momentMs);
      await Promise.all(ids.map((id) => web.get(path(id))));
    } while (calls.length > 0);
    return ids;
  }

  test('five hundred who ask at once cost one call, and get one answer', async () => {
    // A page that nobody has asked for, of concerts that nobody changes: whenever one of them asks, it is kept by then.
    const answers = await Promise.all(Array.from({ length: 500 }, () => web.get('/v1/concerts?pageSize=77')));
    expect(calls).toEqual(['listConcerts']);
    expect(new Set(answers.map(({ status, headers, text }) => `${status} ${headers.etag} ${text}`)).size).toBe(1);
    expect(answers[0]?.body.concerts.map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  test('what does not exist costs one call in half a second', async () => {
    const startedMs = performance.now();
    const answers = await Promise.all(Array.from({ length: 50 }, () => web.get(path(9_999_999))));
    expect(calls.length).toBeLessThanOrEqual(1 + Math.floor((performance.now() - startedMs) / 500));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.reason}`))).toEqual(
      new Set(['404 CONCERT_UNKNOWN']),
    );
    expect(new Set(answers.map(({ body }) => body.requestId)).size).toBe(50);
    calls = [];
    await delay(momentMs);
    await web.get(path(9_999_999));
    expect(calls).toEqual(['getConcert']);
  });

  test('a concert is kept until it is changed, what has remaining seats for half a second', async () => {
    const [id = 0] = ids;
    const dates = `${path(id)}/schedules`;
    const { etag = '' } = (await web.get(path(id))).headers;
    for (let round = 0; round < 2; round++) {
      expect((await web.get(path(id), { headers: { 'if-none-match': etag } })).status).toBe(304);
      expect((await web.get(dates)).body.schedules).toEqual([]);
      await delay(momentMs);
    }
    expect(calls).toEqual(['listSchedules', 'listSchedules']);
    await rename(id, 'After');
    await web.until(path(id), { headers: { 'if-none-match': etag } }, ({ body }) => body.name === 'After');
    await web.until('/v1/concerts', {}, ({ body }) => body.concerts.some(({ name }) => name === 'After'));
  });

  test('a change is seen at once where it was made', async () => {
    const id = await newConcert();
    await other.get(path(id));
    await rename(id, 'After');
    expect((await other.get(path(id))).body.name).toBe('After');
  });

  test('a change that nobody told of, since its process died, is seen', async () => {
    const [, id = 0] = ids;
    await inventoryTables.query(
      `with changed as (update concerts set name = 'After' where id = $1 returning id)
       insert into outbox (type, subject, data)
       select 'boxoffice.inventory.concert.changed.v1', 'concerts/' || id, jsonb_build_object('concertId', id) from changed`,
      [id],
    );
    // The worker has Inventory relay what happened, and that tells it.
    await web.until(path(id), {}, ({ body }) => body.name === 'After');
  });

  test('a change is seen while Redis hangs, while it is away, and when it is back', async () => {
    const [, , id = 0] = ids;
    redis.hang();
    await rename(id, 'While it hangs');
    await web.until(path(id), {}, ({ body }) => body.name === 'While it hangs');
    redis.proceed();
    await redis.kill();
    await rename(id, 'While it is away');
    await web.until(path(id), {}, ({ body }) => body.name === 'While it is away');
    await redis.start();
    await rename(id, 'Since it is back');
    await web.until(path(id), {}, ({ body }) => body.name === 'Since it is back');
  });
});
