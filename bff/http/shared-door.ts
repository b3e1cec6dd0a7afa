import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { listenError } from '@boxoffice/runtime/grpc/listen';

/** A port that several processes listen on; the system gives each connection to one of them. */
export interface SharedDoor {
  /** How many connections have come by it and are still there. */
  readonly connections: () => Promise<number>;
  /** Takes no more. Resolves when those it has taken are gone. */
  readonly close: () => Promise<void>;
}

/**
 * Listens on a port together with others (`SO_REUSEPORT`), and hands what comes to an HTTP server that has a port of its own.
 *
 * @throws ListenError when the port is another's alone, or the system cannot share one.
 */
export async function shareDoor(
  http: HttpServer,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<SharedDoor> {
  const door = createServer({ keepAlive: true, noDelay: true }, (socket) => void http.emit('connection', socket));
  door.maxConnections = http.maxConnections;
  door.listen({ host, port, reusePort: true });
  await once(door, 'listening').catch((error: unknown) => {
    throw listenError(error as NodeJS.ErrnoException, { host, port, portVariable: 'SHARED_PORT' });
  });
  let closed: Promise<unknown> | undefined;
  return {
    connections: promisify(door.getConnections.bind(door)),
    async close() {
      if (closed === undefined) {
        closed = once(door, 'close');
        door.close();
      }
      await closed;
    },
  };
}
