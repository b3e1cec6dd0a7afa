import { TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { ConnectError, createClient } from '@connectrpc/connect';
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web';
import { InventoryService } from '@boxoffice/proto/inventory';
import { PositionService, QueueService } from '@boxoffice/proto/queue';
import { RequestInfoSchema } from '@boxoffice/proto/rpc';
import { createLogger } from '@boxoffice/runtime/log';
import { openMetrics, type Metrics } from '@boxoffice/runtime/telemetry/metrics';
import { Traces } from '@boxoffice/runtime/telemetry/traces';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { laneRoute } from '../fast-lane/lane-route.ts';
import { groupScope } from '../groups/group-scope.ts';
import { SseReader } from './sse-reader.ts';
import { newMember, startSystem, type System } from './system.ts';
import type { Web } from './web.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callerSpanId = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${callerSpanId}-01`;

const ended: ReadableSpan[] = [];
const provider = new TracerProvider({
  spanProcessors: [
    {
      onStart: () => undefined,
      onEnd: (span) => void ended.push(span),
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    },
  ],
});
const traces = new Traces(provider, 0);

let metrics: Metrics;
let system: System;
let web: Web;
let scheduleId: number;

beforeAll(async () => {
  metrics = openMetrics({ log: createLogger('test', 'silent') });
  system = await startSystem({ telemetry: { metrics: metrics.meter, traces } });
  ({ web } = system);
  scheduleId = await web.newSchedule();
});

afterAll(async () => {
  await system[Symbol.asyncDispose]();
  await metrics[Symbol.asyncDispose]();
});

/** The value of a series; undefined when there is none. */
async function measured(series: string): Promise<number | undefined> {
  const line = (await metrics.expose()).split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** How many requests of a route were measured. */
async function requests(route: string, method = 'GET', status = 200): Promise<number> {
  const labels = `{route="${route}",method="${method}",status="${status}"}`;
  return (await measured(`boxoffice_http_request_duration_seconds_count${labels}`)) ?? 0;
}

/** Waits for what happens behind an answer. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 5_000;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within 5 s: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Does something, and waits until so many more requests of a route are measured. */
async function adds(route: string, work: () => Promise<unknown>, { method = 'GET', status = 200, count = 1 } = {}) {
  const before = await requests(route, method, status);
  await work();
  await until(async () => (await requests(route, method, status)) >= before + count);
  expect(await requests(route, method, status)).toBe(before + count);
}

const tickets = '/v1/schedules/:id/queue/tickets';

describe('requests are measured', () => {
  test('by the route that the onion has for them, whichever door answers', async () => {
    const paused = await web.newSchedule({ queue: { maxActive: 0 } });
    const memberId = newMember();
    const join = (more: object = {}) =>
      web.post(`/v1/schedules/${paused}/queue/tickets`, { body: { memberId }, ...more });
    const { token } = (await join()).body;
    const slow = { headers: { origin: 'https://elsewhere.example' } };
    // The catalogue is answered by the fast lane from the second request on.
    const concerts = await web.get('/v1/concerts');
    const concertId = concerts.body.concerts[0]?.id;
    const calls: readonly [string, string][] = [
      [`${tickets}/me`, `/v1/schedules/${paused}/queue/tickets/me`],
      ['/v1/concerts', '/v1/concerts'],
      ['/v1/concerts/:id', `/v1/concerts/${concertId}`],
      ['/v1/concerts/:id/schedules', `/v1/concerts/${concertId}/schedules`],
      ['/v1/schedules', '/v1/schedules?date=2099-12-24'],
      ['/v1/schedules/:id', `/v1/schedules/${paused}`],
    ];
    for (const [route, path] of calls) {
      expect(laneRoute({ method: 'GET', url: path })).toBe(route);
      await adds(route, () => Promise.all([web.get(path, { token, ...slow }), web.get(path, { token })]), { count: 2 });
    }
    await adds(tickets, () => Promise.all([join(slow), join()]), { method: 'POST', count: 2 });
  });

  test('of dialects, of pages, and of what is nowhere', async () => {
    await adds('/a/concerts/:concertId/info', () => web.get('/a/concerts/999999/info'), { status: 404 });
    await adds('/v1/admin/queues', () => web.get('/v1/admin/queues'), { status: 401 });
    await adds('/', () => web.get('/', { headers: { accept: 'text/html' } }));
    await adds('other', () => web.get(`/nowhere/${scheduleId}`), { status: 404 });
    await adds('other', () => web.call('PUT', '/v1/concerts'), { method: 'PUT', status: 405 });
  });

  test('by the name of the RPC, with the status that REST has', async () => {
    for (const transport of [createConnectTransport, createGrpcWebTransport]) {
      const inventory = createClient(InventoryService, transport({ baseUrl: web.url }));
      await adds('boxoffice.inventory.v1.InventoryService/ListConcerts', () => inventory.listConcerts({}), {
        method: 'POST',
      });
      const unknown = () => expect(inventory.getConcert({ concertId: 999_999n })).rejects.toThrow();
      const answer = { method: 'POST', status: 404 };
      await adds('boxoffice.inventory.v1.InventoryService/GetConcert', unknown, answer);
    }
  });

  test('when they are streams, as soon as these begin', async () => {
    const token = await web.admitted(scheduleId, newMember());
    const seats = `/v1/schedules/${scheduleId}/seats/events`;
    const open = async (): Promise<SseReader> => SseReader.open(`${web.url}${seats}`, { 'queue-token': token });
    let reader: SseReader | undefined;
    await adds('/v1/schedules/:id/seats/events', async () => (reader = await open()));
    expect(await measured('boxoffice_http_streams_open{kind="seats"}')).toBe(1);
    expect(await measured('boxoffice_seat_maps_open')).toBe(1);
    expect(await measured('boxoffice_seat_map_staleness_seconds')).toBeLessThan(3);

    const waiting = await web.newSchedule({ queue: { maxActive: 0 } });
    const transport = createConnectTransport({ baseUrl: web.url });
    const joined = await createClient(QueueService, transport).join({
      scheduleId: BigInt(waiting),
      memberId: newMember(),
    });
    const gone = new AbortController();
    const { watchPosition } = createClient(PositionService, transport);
    const messages = watchPosition({ token: joined.token }, { signal: gone.signal })[Symbol.asyncIterator]();
    const answer = { method: 'POST' };
    await adds('boxoffice.queue.v1.PositionService/WatchPosition', () => messages.next(), answer);
    expect(await measured('boxoffice_http_streams_open{kind="positions"}')).toBe(1);
    expect(await measured('boxoffice_boards_open')).toBeGreaterThan(0);
    expect(await measured('boxoffice_board_staleness_seconds')).toBeLessThan(3);
    expect(await measured('boxoffice_connections_open')).toBeGreaterThan(0);

    gone.abort();
    reader?.close();
    await until(async () => (await measured('boxoffice_http_streams_open{kind="positions"}')) === 0);
    await until(async () => (await measured('boxoffice_http_streams_open{kind="seats"}')) === 0);
    // Their ends are no requests.
    expect(await requests('/v1/schedules/:id/seats/events', 'GET', 499)).toBe(0);
    expect(await requests('boxoffice.queue.v1.PositionService/WatchPosition', 'POST', 499)).toBe(0);
  });

  test('and so are joins that are too many', async () => {
    const own = openMetrics({ log: createLogger('test', 'silent') });
    await using limited = await system.bff(
      { JOINS_PER_MEMBER: '1' },
      { telemetry: { metrics: own.meter, traces: undefined } },
    );
    const memberId = newMember();
    const joins = [
      await limited.join(scheduleId, memberId),
      await limited.post(tickets.replace(':id', String(scheduleId)), { body: { memberId } }),
    ];
    expect(joins).toHaveLength(2);
    expect(await own.expose()).toMatch(/^boxoffice_joins_limited_total 1$/m);
  });
});

describe('a request that follows a trace', () => {
  /** The span of the request that was made under an id. */
  const spanOf = (requestId: string): ReadableSpan | undefined =>
    ended.find(({ attributes }) => attributes['boxoffice.request_id'] === requestId);

  test('is a part of it, by whatever door it comes, and never tells its query', async () => {
    const token = await web.join(await web.newSchedule({ queue: { maxActive: 0 } }), newMember());
    const calls: readonly [name: string, method: string, path: string, sent: object][] = [
      ['GET /v1/schedules/:id', 'GET', `/v1/schedules/${scheduleId}?token=secret`, {}],
      [`POST ${tickets}`, 'POST', `/v1/schedules/${scheduleId}/queue/tickets`, { body: { memberId: newMember() } }],
      [
        'POST boxoffice.inventory.v1.InventoryService/ListConcerts',
        'POST',
        '/boxoffice.inventory.v1.InventoryService/ListConcerts',
        { body: {} },
      ],
    ];
    for (const [index, [name, method, path, sent]] of calls.entries()) {
      const requestId = `traced-request-${index}`;
      const headers = { traceparent, 'x-request-id': requestId };
      await web.call(method, path, { ...sent, token, headers });
      await until(async () => spanOf(requestId) !== undefined);
      const span = spanOf(requestId);
      expect(span?.spanContext().traceId).toBe(traceId);
      expect(span?.parentSpanContext?.spanId).toBe(callerSpanId);
      expect(span?.name).toBe(name);
      expect(JSON.stringify(span?.attributes)).not.toContain('secret');
    }
  });

  test('is told its id in a refusal, but not in those of a dialect', async () => {
    const headers = { traceparent, 'x-request-id': 'traced-refusal' };
    const { body } = await web.get('/v1/concerts/999999', { headers });
    expect(body).toMatchObject({ requestId: 'traced-refusal', traceId });
    const plain = await web.get('/a/concerts/999999/info');
    const traced = await web.get('/a/concerts/999999/info', { headers });
    expect(Object.keys(traced.body)).toEqual(Object.keys(plain.body));
    expect(traced.headers['x-request-id']).toBe('traced-refusal');
  });

  test('is told its id in the refusal of an RPC', async () => {
    const inventory = createClient(InventoryService, createConnectTransport({ baseUrl: web.url }));
    const headers = { traceparent, 'x-request-id': 'traced-refusal' };
    const refused = await inventory.getConcert({ concertId: 999_999n }, { headers }).catch((error: unknown) => error);
    const info = { requestId: 'traced-refusal', servingData: traceId };
    expect(ConnectError.from(refused).findDetails(RequestInfoSchema)).toEqual([expect.objectContaining(info)]);
  });

  test('is not a part of it when that is not kept', async () => {
    const requestId = 'request-not-kept';
    const headers = { traceparent: traceparent.replace(/01$/, '00'), 'x-request-id': requestId };
    const { body } = await web.get('/v1/concerts/999999', { headers });
    expect(body).not.toHaveProperty('traceId');
    expect(spanOf(requestId)).toBeUndefined();
  });
});

test('the call of a group is a part of the first trace in it, and found from the others', () => {
  const [first, second] = [1, 2].map(() => traces.begin('a join', traceparent));
  const scope = groupScope([undefined, { requestId: 'one' }, { requestId: 'two', span: first }, { span: second }]);
  expect(scope).toEqual({ requestId: undefined, span: first });
  second?.end();
  const [link] = ended.at(-1)?.links ?? [];
  expect(link?.context.spanId).toBe(first?.spanContext().spanId);
  expect(groupScope([{ requestId: 'alone' }])).toEqual({ requestId: 'alone', span: undefined });
});

test('where nobody looks, an answer is what it always was', async () => {
  await using unseen = await system.bff();
  const sent = { headers: { traceparent, 'x-request-id': 'request-unseen' } };
  const { body, headers } = await unseen.get('/v1/concerts/999999', sent);
  expect(body).not.toHaveProperty('traceId');
  const looked = await web.get('/v1/concerts/999999', { headers: { 'x-request-id': 'request-unseen' } });
  expect(Object.keys(headers)).toEqual(Object.keys(looked.headers));
});
