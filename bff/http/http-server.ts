import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { promisify } from 'node:util';
import type { Grace } from '@boxoffice/runtime/grace';
import { listenError } from '@boxoffice/runtime/grpc/listen';
import { problemFrom } from './problem.ts';
import { shareDoor, type SharedDoor } from './shared-door.ts';
import { WebError } from './web-error.ts';

/** A listening HTTP server. Disposing it finishes what is under way while there is time. */
export interface HttpServer extends AsyncDisposable {
  /** `host:port` that it really listens on. */
  readonly address: string;
  /** How many connections there are, with those that say nothing at the moment. */
  readonly connections: () => Promise<number>;
  /**
   * Sends callers elsewhere, while it still answers: takes no connection at the shared port any more, and ends each that it
   * has behind its next answer.
   */
  readonly drain: () => void;
}

interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** Where it listens too, together with others. */
  readonly sharedPort?: number | undefined;
  readonly connectionsMax: number;
  readonly grace: Grace;
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
const drainLookMs = 50;

/**
 * Starts to listen.
 *
 * @throws Error when a port is taken, or the system cannot share one.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { host, port, sharedPort, connectionsMax, grace, handle } = options;
  const server = createServer({ ...limits, keepAlive: true, noDelay: true }, handle);
  server.maxConnections = connectionsMax;
  server.maxHeadersCount = headersMax;
  server.on('clientError', answerClientError);
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw listenError(error as NodeJS.ErrnoException, { host, port, portVariable: 'PORT' });
  });
  const shared = sharedPort === undefined ? undefined : await shareDoor(server, { host, port: sharedPort });
  const { address, port: bound, family } = server.address() as AddressInfo;
  const ownConnections = promisify(server.getConnections.bind(server));
  return {
    address: `${family === 'IPv6' ? `[${address}]` : address}:${bound}`,
    connections: async () => (await ownConnections()) + ((await shared?.connections()) ?? 0),
    drain() {
      void shared?.close();
      server.prependListener('request', sendElsewhere);
    },
    [Symbol.asyncDispose]: () => end(server, shared, grace),
  };
}

// `Connection: close`, whoever answers: a connection that is closed while it is idle may be so just as a request comes.
const sendElsewhere: RequestListener = (_req, res) => {
  res.shouldKeepAlive = false;
};

async function end(server: Server, shared: SharedDoor | undefined, grace: Grace): Promise<void> {
  const closed = Promise.all([once(server, 'close'), shared?.close()]);
  server.close();
  // Connections that are kept alive become idle one by one.
  const idle = setInterval(() => server.closeIdleConnections(), drainLookMs);
  const late = setTimeout(() => server.closeAllConnections(), grace.leftMs());
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
