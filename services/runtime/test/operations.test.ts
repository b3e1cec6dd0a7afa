import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

import { createLogger } from '../log.ts';
import { startOperationsServer } from '../operations-server.ts';
import { failSpan, traceparentOf } from '../telemetry/span.ts';
import { measureProcess } from '../telemetry/process-metrics.ts';
import { openTelemetry, type TelemetryOptions } from '../telemetry/telemetry.ts';
import { inScope } from '../telemetry/scope.ts';
import { expect, test } from '../testing/tests.ts';

const log = createLogger('test', 'silent');
const nobody: TelemetryOptions = { name: 'queue', measured: false, traces: undefined, resourceAttributes: {}, log };

test('a program that is not ready says so to operators, and is alive', async () => {
  await using telemetry = await openTelemetry({ ...nobody, measured: true });
  const { metrics, expose } = telemetry;
  if (metrics === undefined || expose === undefined) throw new Error('nothing is measured');
  let ready = false;
  using _measured = measureProcess(metrics, { name: 'queue', isReady: async () => ready });
  await using server = await startOperationsServer({ host: '127.0.0.1', port: 0, isReady: () => ready, expose, log });
  const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });

  expect((await ask('/readyz')).status).toBe(503);
  expect((await ask('/livez')).status).toBe(200);
  ready = true;
  expect((await ask('/readyz')).status).toBe(200);
  expect((await ask('/other')).status).toBe(404);
  expect((await ask('/metrics', 'POST')).status).toBe(405);
  const answer = await ask('/metrics');
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const text = await answer.text();
  expect(text).toMatch(/^boxoffice_process_cpu_seconds_total \d/m);
  expect(text).toMatch(/^boxoffice_event_loop_delay_seconds\{quantile="0.99"\} \d/m);
  expect(text).toMatch(/^boxoffice_program_info\{program="queue",node="v\d+[^"]*"\} 1$/m);
  expect(text).toMatch(/^boxoffice_program_ready 1$/m);
});

test('where nobody looks nothing is measured', async () => {
  await using telemetry = await openTelemetry(nobody);
  expect(telemetry).toMatchObject({ metrics: undefined, traces: undefined, expose: undefined });
});

test('where nobody looks the SDK is not even read', async () => {
  const seen = await importsOf(['../telemetry/span.ts', '../telemetry/quick-histogram.ts', '../grpc/server.ts']);
  expect(seen).toContain('@opentelemetry/api');
  expect(seen.filter((name) => name !== '@opentelemetry/api')).toEqual([]);
});

/** The packages of OpenTelemetry that a program reads with some files of this package. */
async function importsOf(files: readonly string[]): Promise<string[]> {
  const urls = files.map((file) => new URL(file, import.meta.url).href);
  const program = `
    import { registerHooks } from 'node:module';
    const seen = new Set();
    registerHooks({ resolve(name, context, next) {
      if (name.startsWith('@opentelemetry/')) seen.add(name);
      return next(name, context);
    } });
    for (const url of ${JSON.stringify(urls)}) await import(url);
    console.log(JSON.stringify([...seen]));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  return JSON.parse(stdout) as string[];
}

test('a trace is followed, and sent with its parts below each other', async () => {
  const received: unknown[] = [];
  await using collector = createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      received.push(JSON.parse(Buffer.concat(parts).toString()));
      res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  {
    await using telemetry = await openTelemetry({ ...nobody, traces: { url, headers: {}, share: 0 } });
    const { traces } = telemetry;
    if (traces === undefined) throw new Error('nothing is traced');
    expect(traces.begin('of our own', undefined)).toBeUndefined();
    expect(traces.begin('not kept', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00')).toBeUndefined();
    expect(traces.child('of nothing')).toBeUndefined();
    const span = traces.begin('kept', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01');
    if (span === undefined) throw new Error('it is not kept');
    expect(traceparentOf(span)).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    const below = inScope({ span }, () => traces.child('below'));
    if (below) failSpan(below, 'why');
    below?.end();
    span.end();
  }
  const spans = (
    received as {
      resourceSpans: { scopeSpans: { spans: { name: string; spanId: string; parentSpanId: string }[] }[] }[];
    }[]
  )
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans);
  const [below, kept] = spans;
  expect(spans.map(({ name }) => name)).toEqual(['below', 'kept']);
  expect(kept?.parentSpanId).toBe('b7ad6b7169203331');
  expect(below?.parentSpanId).toBe(kept?.spanId);
});

test('a collector that is away is told of once, and keeps no program from its end', async () => {
  const lines: string[] = [];
  const telling = createLogger('test', 'warn', { write: (line) => void lines.push(line) });
  {
    const traces = { url: 'http://127.0.0.1:1', headers: {}, share: 1 };
    await using telemetry = await openTelemetry({ ...nobody, traces, log: telling });
    telemetry.traces?.begin('lost', undefined)?.end();
  }
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('traces cannot be sent');
});
