import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { spansIn, type Span, type TraceRequest } from './span.ts';

/** Takes traces by OTLP over HTTP in JSON, and keeps them. */
export interface Collector extends AsyncDisposable {
  /** What OTEL_EXPORTER_OTLP_ENDPOINT is set to. */
  readonly url: string;
  /** What has come so far, in no order. */
  readonly spans: readonly Span[];
}

const bodyBytesMax = 16 * 2 ** 20;

/** Starts a collector on a free port of this machine. */
export async function startCollector(): Promise<Collector> {
  const spans: Span[] = [];
  const server = createServer((req, res) => {
    bodyOf(req).then(
      (body) => {
        spans.push(...spansIn(JSON.parse(body) as TraceRequest));
        res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
      },
      () => res.writeHead(400).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bodyBytesMax) throw new Error('too large');
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
