import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Logger } from 'pino';

import { listenError } from './grpc/listen.ts';

/** What a program tells those who operate it. */
export interface Operations {
  /** Whether work should be sent here. Asked for each `/readyz`. */
  readonly isReady: () => boolean | Promise<boolean>;
  /** All metrics as text for Prometheus. */
  readonly expose: () => Promise<string>;
}

interface OperationsServerOptions extends Operations {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
}

/** A server of a few short answers: nobody needs many connections, or long. */
const limits = { headersTimeout: 5_000, requestTimeout: 5_000, keepAliveTimeout: 65_000, maxHeaderSize: 8 * 1024 };
const connectionsMax = 64;

/**
 * Serves `/metrics`, `/livez` and `/readyz` to operators, apart from the port that callers use: it answers before a
 * program is ready and while it drains, needs no key and no TLS, and is to be reached by nobody else.
 *
 * `/livez` says that this process answers at all, and asks nobody behind it: a database that is away is no reason to be
 * killed.
 *
 * @throws ListenError when the port is taken.
 */
export async function startOperationsServer(
  options: OperationsServerOptions,
): Promise<AsyncDisposable & { readonly port: number }> {
  const { host, port, log } = options;
  const server = createServer(limits, (req, res) => {
    void answer(options, req, res).catch((error: unknown) => {
      log.error({ err: error }, 'an operator is not answered');
      res.destroy();
    });
  });
  server.maxConnections = connectionsMax;
  server.listen(port, host);
  await once(server, 'listening').catch((error: unknown) => {
    throw listenError(error as NodeJS.ErrnoException, { host, port, portVariable: 'OPERATIONS_PORT' });
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer({ isReady, expose }: Operations, req: IncomingMessage, res: ServerResponse): Promise<void> {
  req.resume();
  if (req.method !== 'GET' && req.method !== 'HEAD')
    return say(res, 405, 'only GET is answered here\n', { Allow: 'GET, HEAD' });
  switch (req.url?.split('?')[0]) {
    case '/livez':
      return say(res, 200, 'alive\n');
    case '/readyz':
      return (await isReady()) ? say(res, 200, 'ready\n') : say(res, 503, 'not ready\n');
    case '/metrics':
      return say(res, 200, await expose(), { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    default:
      return say(res, 404, '/metrics, /livez and /readyz are here\n');
  }
}

function say(res: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
  const body = Buffer.from(text);
  res.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
    'Content-Length': body.length,
  });
  res.end(body);
}
