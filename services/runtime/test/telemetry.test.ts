import { AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { RequestInfoSchema } from '@boxoffice/proto/rpc';
import { ConnectError } from '@connectrpc/connect';

import { openPool } from '../database/pool.ts';
import { statement } from '../database/statement.ts';
import { transaction } from '../database/transaction.ts';
import { refuse } from '../error.ts';
import { createLogger } from '../log.ts';
import { openRedis } from '../redis/connection.ts';
import { openMetrics, type Metrics } from '../telemetry/metrics.ts';
import { measureSampled } from '../telemetry/sampled.ts';
import { currentScope, inScope } from '../telemetry/scope.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { Traces } from '../telemetry/traces.ts';
import { testDatabase } from '../testing/database.ts';
import { afterEach, beforeEach, expect, test } from '../testing/tests.ts';
import { connect, startProbe } from './grpc-probe.ts';

const silent = createLogger('test', 'silent');
const requestId = 'request-of-a-test';

let spans: InMemorySpanExporter;
let measured: Metrics;
let telemetry: Telemetry & { readonly traces: Traces };

beforeEach(() => {
  spans = new InMemorySpanExporter();
  const spanProcessors = [new SimpleSpanProcessor({ exporter: spans })];
  measured = openMetrics({ log: silent });
  telemetry = {
    metrics: measured.meter,
    traces: new Traces(new TracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors }), 1),
  };
});

afterEach(async () => {
  await Promise.all([measured[Symbol.asyncDispose](), telemetry.traces[Symbol.asyncDispose]()]);
});

/** Names of spans with the names of those above them. */
function tree(): string[] {
  const finished = spans.getFinishedSpans();
  const nameOf = new Map(finished.map((span) => [span.spanContext().spanId, span.name]));
  return finished.map(
    ({ name, parentSpanContext }) => `${nameOf.get(parentSpanContext?.spanId ?? '') ?? ''} > ${name}`,
  );
}

test('a call is one trace from its caller to the statements of its server', async () => {
  await using database = await testDatabase({ schema: 'seams', migrations: [] });
  await using pool = openPool({ url: database.url, schema: 'seams', applicationName: 'boxoffice probe', telemetry });
  const readOne = statement<[], { one: number }>('seam-read-one', 'select 1 as one');
  const failing = statement('seam-failing', 'select 1 / 0');
  await using server = await startProbe(
    {
      async say() {
        await readOne.one(pool, []);
        await transaction(pool, (client) => readOne.one(client, []));
        await failing.run(pool, []).catch(() => undefined);
        return { value: 'read' };
      },
    },
    { telemetry },
  );
  await using client = connect(server.address, { telemetry });
  const span = telemetry.traces.begin('request', undefined);
  await inScope({ requestId, span }, () => client.say({ text: 'you' }));
  span?.end();

  const rpc = 'probe.v1.ProbeService/Say';
  expect(tree()).toEqual([
    `${rpc} > seam-read-one`,
    `${rpc} > begin`,
    `${rpc} > seam-read-one`,
    `${rpc} > commit`,
    `${rpc} > seam-failing`,
    `${rpc} > ${rpc}`,
    `request > ${rpc}`,
    ' > request',
  ]);
  const traces = new Set(spans.getFinishedSpans().map((one) => one.spanContext().traceId));
  expect(traces.size).toBe(1);
  const text = await measured.expose();
  expect(text).toMatch(
    /^boxoffice_rpc_server_duration_seconds_count\{rpc="probe.v1.ProbeService\/Say",code="OK"\} 1$/m,
  );
  expect(text).toMatch(
    /^boxoffice_rpc_client_duration_seconds_count\{rpc="probe.v1.ProbeService\/Say",code="OK"\} 1$/m,
  );
  expect(text).toMatch(/^boxoffice_database_statement_duration_seconds_count\{statement="seam-read-one"\} 2$/m);
  expect(text).toMatch(/^boxoffice_database_statement_failures_total\{statement="seam-failing"\} 1$/m);
  expect(text).toMatch(/^boxoffice_database_connections\{pool="probe",state="idle"\} 1$/m);
  expect(text).toMatch(/^boxoffice_database_connections_max\{pool="probe"\} 10$/m);
  expect(text).toMatch(/^boxoffice_database_waiters\{pool="probe"\} 0$/m);
});

test("a refusal says what the log has it under: the caller's id of the request, and the trace", async () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger('test', 'debug', {
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  await using server = await startProbe(
    {
      say() {
        log.info('at work');
        throw refuse('SEAT_TAKEN', 'somebody else has it');
      },
    },
    { telemetry, log },
  );
  await using client = connect(server.address, { telemetry });
  const span = telemetry.traces.begin('request', undefined);
  const traceId = span?.spanContext().traceId ?? '';
  const error = await inScope({ requestId, span }, () => client.say({ text: 'you' })).catch(
    (thrown: unknown) => thrown,
  );

  expect(ConnectError.from(error).findDetails(RequestInfoSchema)).toMatchObject([{ requestId, servingData: traceId }]);
  expect(lines.filter(({ rpc, msg }) => rpc !== undefined || msg === 'at work')).toMatchObject([
    { msg: 'at work', requestId, traceId },
    { reason: 'SEAT_TAKEN', requestId, traceId },
  ]);
  expect(await measured.expose()).toMatch(
    /^boxoffice_rpc_server_duration_seconds_count\{rpc="probe.v1.ProbeService\/Say",code="FAILED_PRECONDITION"\} 1$/m,
  );
});

test('a call without an id of its request is given one, which goes on to the calls it makes', async () => {
  const seen: (string | undefined)[] = [];
  await using second = await startProbe({
    say(_request, { requestHeader }) {
      seen.push(requestHeader.get('x-request-id') ?? undefined);
      return {};
    },
  });
  await using onward = connect(second.address);
  await using first = await startProbe({
    async say() {
      seen.push(currentScope()?.requestId);
      await onward.say({});
      return {};
    },
  });
  await using client = connect(first.address);
  await client.say({});
  expect(seen[0]).toMatch(/^[0-9a-f-]{36}$/);
  expect(seen[1]).toBe(seen[0]);
});

test('what is called for a request that is not kept begins no trace', async () => {
  const rarely = { ...telemetry, traces: new Traces(new TracerProvider({ spanProcessors: [] }), 0) };
  await using server = await startProbe({}, { telemetry });
  await using client = connect(server.address, { telemetry: rarely });
  await inScope({ requestId }, () => client.say({ text: 'you' }));
  expect(spans.getFinishedSpans()).toEqual([]);
  await rarely.traces[Symbol.asyncDispose]();
});

test('where nobody looks no trace goes on with a call', async () => {
  let headers = new Headers();
  await using server = await startProbe({
    say(_request, { requestHeader }) {
      headers = requestHeader;
      return {};
    },
  });
  await using client = connect(server.address);
  await client.say({});
  expect(headers.has('traceparent')).toBe(false);
  expect(headers.has('x-request-id')).toBe(false);
});

test('streams are counted while they are read, and measured up to their first message', async () => {
  const opened = Promise.withResolvers<void>();
  await using server = await startProbe(
    {
      async *watch(_request, { signal }) {
        yield { value: 'first' };
        opened.resolve();
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    },
    { telemetry },
  );
  await using client = connect(server.address);
  const end = new AbortController();
  const reading = (async () => {
    for await (const { value } of client.watch({ count: 1 }, { signal: end.signal })) expect(value).toBe('first');
  })().catch(() => undefined);
  await opened.promise;
  const open = /^boxoffice_rpc_server_streams_open\{rpc="probe.v1.ProbeService\/Watch"\} 1$/m;
  const text = await measured.expose();
  expect(text).toMatch(open);
  expect(text).toMatch(
    /^boxoffice_rpc_server_duration_seconds_count\{rpc="probe.v1.ProbeService\/Watch",code="OK"\} 1$/m,
  );
  end.abort();
  await reading;
});

test('commands that cannot be sent to Redis are counted', async () => {
  await using redis = openRedis({ url: 'redis://127.0.0.1:1', log: silent, name: 'boxoffice test', telemetry });
  await expect(redis.client.get('key')).rejects.toThrow();
  const text = await measured.expose();
  expect(text).toMatch(/^boxoffice_redis_available 0$/m);
  expect(text).toMatch(/^boxoffice_redis_command_failures_total\{command="get"\} 1$/m);
});

test('what is looked up is looked up once for several scrapes, and has no value while that fails', async () => {
  const lines: string[] = [];
  const log = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  let looks = 0;
  measureSampled(measured.meter, {
    gauges: { boxoffice_test_rows: 'Rows' },
    async look() {
      looks += 1;
      return [{ gauge: 'boxoffice_test_rows', value: 7 }];
    },
    log,
  });
  measureSampled(measured.meter, {
    gauges: { boxoffice_test_lost: 'Nothing' },
    look: () => Promise.reject(new Error('the database is away')),
    log,
  });
  const [text] = await Promise.all([measured.expose(), measured.expose()]);
  expect(text).toMatch(/^boxoffice_test_rows 7$/m);
  expect(text).not.toMatch(/^boxoffice_test_lost /m);
  expect(looks).toBe(1);
  expect(lines).toHaveLength(1);
});
