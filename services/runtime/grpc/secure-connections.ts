import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Logger } from 'pino';
import type { FollowedCertificates } from './certificates.ts';

/** Makes connections secure. Disposing it refuses those whose handshake is not over. */
export interface SecureConnections extends Disposable {
  /** Takes a connection as it comes from the network. */
  readonly take: (socket: Socket) => void;
}

/** A peer that says nothing for so long is cut. */
const handshakeTimeoutMs = 10_000;

/**
 * Speaks TLS 1.2 or newer with whoever connects, with the certificates of that moment, and hands on who has shown a
 * certificate of our authorities. All others are cut, with a line in the log.
 *
 * It stands before grpc-js, whose own servers keep the certificates they have begun with.
 */
export function secureConnections(
  certificates: FollowedCertificates,
  log: Logger,
  onConnection: (socket: Socket) => void,
): SecureConnections {
  let ended = false;
  // It listens to no port: connections are given to it.
  const server = createServer({
    ...certificates.current.options,
    requestCert: true,
    rejectUnauthorized: true,
    ALPNProtocols: ['h2'],
    handshakeTimeout: handshakeTimeoutMs,
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    if (ended) socket.destroy();
    else onConnection(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    const { code } = error as NodeJS.ErrnoException;
    // A probe of the port alone, as load balancers make, begins no handshake.
    if (code === 'ECONNRESET') return;
    log.warn({ peer: socket.remoteAddress, code, why: error.message }, 'TLS connection refused');
  });
  const following = certificates.onChange(() => server.setSecureContext(certificates.current.options));
  return {
    take: (socket) => void server.emit('connection', socket),
    [Symbol.dispose]() {
      ended = true;
      following[Symbol.dispose]();
    },
  };
}
