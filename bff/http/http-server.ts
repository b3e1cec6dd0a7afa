import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { promisify } from 'node:util';
import { listenError } from '@boxoffice/runtime/grpc/listen';
import { problemFrom } from './problem.ts';
import { WebError } from './web-error.ts';

/** A listening HTTP server. Disposing it finishes what is under way, for 3 s at most. */
export interface HttpServer extends AsyncDisposable {
  /** `host:port` that it really listens on. */
  readonly address: string;
  /** How many connections there are, with those that say nothing at the moment. */
  readonly connections: () => Promise<number>;
}

interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly connectionsMax: number;
  readonly handle: RequestListener;
}

const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Longer than what load balancers keep (60 s), so that they are the ones to close.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
};
const headersMax = 100;
const drainMs = 3_000;
const drainLookMs = 50;

/**
 * Starts to listen.
 *
 * @throws Error when the port is taken.
 */
export async function startHttpServer({ host, port, connectionsMax, handle }: HttpServerOptions): Promise<HttpServer> {
  const server = createServer({ ...limits, keepAlive: true, noDelay: true }, handle);
  server.maxConnections = connectionsMax;
  server.maxHeadersCount = headersMax;
  server.on('clientError', answerClientError);
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw listenError(error as NodeJS.ErrnoException, { host, port, portVariable: 'PORT' });
  });
  const { address, port: bound, family } = server.address() as AddressInfo;
  return {
    address: `${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    connections: promisify(server.getConnections.bind(server)),
    [Symbol.asyncDispose]: () => drain(server),
  };
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  // Connections that are kept alive become idle one by one.
  const idle = setInterval(() => server.closeIdleConnections(), drainLookMs);
  const late = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}

// What is no HTTP, too large or too slow is answered here, before there is a request.
function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  // Who has said nothing has asked nothing: an answer would be taken for that to a request which is just being sent.
  if (!socket.writable || socket.bytesRead === 0 || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const { status, body } = problemFrom(clientFault(error.code));
  const text = JSON.stringify(body);
  socket.end(
    [
      `HTTP/1.1 ${status} ${body.title}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(text)}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      text,
    ].join('\r\n'),
  );
}

function clientFault(code: string | undefined): WebError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new WebError('HEADERS_TOO_LARGE', `the headers have more than ${limits.maxHeaderSize} bytes`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new WebError('REQUEST_TOO_SLOW', 'the request did not arrive in time');
    default:
      return new WebError('NOT_HTTP', 'this is not HTTP');
  }
}
