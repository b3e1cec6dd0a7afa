/** The yardstick: a bare `node:http` server that answers every request with the same bytes. A process of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What it answers. */
export interface BareAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Where it listens. */
export interface BareAddress {
  readonly port: number;
}

function serve({ status, contentType, body }: BareAnswer): void {
  const headers = { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) };
  const server = createServer((req, res) => {
    if (req.method === 'GET') {
      res.writeHead(status, headers).end(body);
      return;
    }
    let text = '';
    req.setEncoding('utf8');
    req.on('data', (piece: string) => (text += piece));
    req.on('end', () => res.writeHead(text === '' ? 400 : status, headers).end(body));
  });
  server.keepAliveTimeout = 65_000;
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port } satisfies BareAddress);
  });
}

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined); // Our parent decides.
process.once('message', serve);
