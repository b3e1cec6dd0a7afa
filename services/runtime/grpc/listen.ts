import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** The environment variable that sets the port, for the message when it is taken. */
  readonly portVariable?: string;
  readonly connectionsMax: number;
}

/** A port could not be opened; `code` is that of the system: `EADDRINUSE` when it is taken. */
export class ListenError extends Error {
  readonly code: string;

  constructor(message: string, code: string, cause: unknown) {
    super(message, { cause });
    this.name = 'ListenError';
    this.code = code;
  }
}

/** Says in words why listening failed, and what to do about it: names the port, and the variable that changes it. */
export function listenError(
  cause: NodeJS.ErrnoException,
  where: Pick<ListenOptions, 'host' | 'port' | 'portVariable'>,
): ListenError {
  const { host, port, portVariable } = where;
  const remedy = portVariable === undefined ? '' : `: set ${portVariable} to another (0 picks a free one)`;
  const message =
    cause.code === 'EADDRINUSE'
      ? `port ${port} of ${host} is taken${remedy}`
      : `cannot listen on port ${port} of ${host}${remedy} (${cause.message})`;
  return new ListenError(message, cause.code ?? 'UNKNOWN', cause);
}

/**
 * Opens a port and hands every connection to `onConnection`; connections over the limit are closed at once.
 *
 * @throws ListenError
 */
export async function listen(
  options: ListenOptions,
  onConnection: (socket: Socket) => void,
): Promise<{ server: Server; port: number; address: string }> {
  const server = createServer({ noDelay: true });
  server.maxConnections = options.connectionsMax;
  server.on('connection', (socket) => {
    // HTTP/2 answers for the sockets it has taken over; before and after that, nobody else listens.
    socket.on('error', () => socket.destroy());
    onConnection(socket);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (error) => reject(listenError(error, options)));
  server.listen({ host: options.host, port: options.port }, resolve);
  await promise;
  const bound = server.address() as AddressInfo;
  const address = bound.family === 'IPv6' ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
  return { server, port: bound.port, address };
}
