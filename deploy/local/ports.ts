import { createServer, type AddressInfo, type Server } from 'node:net';

/** A port that a program will listen on. */
export interface PortRequest {
  /** The variable that changes it. */
  readonly variable: string;
  /** 0: a free one. */
  readonly port: number;
}

/** The variables of a system that takes free ports for all its programs, beside whatever else runs on this machine. */
export const anyPorts = {
  PORT: '0',
  QUEUE_PORT: '0',
  INVENTORY_PORT: '0',
  LEDGER_PORT: '0',
  WORKER_PORT: '0',
} as const;

/**
 * Where free ports are looked for: below those that the system gives to connections that go out (from 32,768 on, on Linux). Of
 * those one that is free now may be somebody's before the program that it was found for listens.
 */
const freePorts = { first: 20_000, count: 12_000 };
const freeAttemptsMax = 200;

/** Ports that cannot be had; the message names each with its variable. */
export class PortsTakenError extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'PortsTakenError';
  }
}

/**
 * Finds out, before anything is started, whether all ports can be had, and picks free ones for zeros. The answer has the
 * ports in the order of the requests.
 *
 * @throws PortsTakenError that names every port that is taken.
 */
export async function findPorts(host: string, requests: readonly PortRequest[]): Promise<number[]> {
  const held: Server[] = [];
  const faults: string[] = [];
  const ports: number[] = [];
  // All are held until all are found, so that no two are the same. What was asked for first: a free one must not take it.
  const order = [...requests.keys()].sort((a, b) => Number(requests[a]?.port === 0) - Number(requests[b]?.port === 0));
  try {
    for (const index of order) {
      const { variable, port } = requests[index] ?? { variable: '', port: 0 };
      try {
        ports[index] = port === 0 ? await holdFree(host, held) : await hold(host, port, held);
      } catch (error) {
        faults.push(faultOf(error, variable, port, host));
      }
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
  if (faults.length > 0) throw new PortsTakenError(faults);
  return ports;
}

/** From a random one on, since others look, too. */
async function holdFree(host: string, held: Server[]): Promise<number> {
  const start = Math.floor(Math.random() * freePorts.count);
  for (let attempt = 0; attempt < freeAttemptsMax; attempt += 1) {
    const port = freePorts.first + ((start + attempt) % freePorts.count);
    const found = await listen(host, port, held).catch((error: unknown) => {
      if (codeOf(error) !== 'EADDRINUSE') throw error;
    });
    if (found !== undefined) return found;
  }
  throw new Error(`no port of ${freeAttemptsMax} from ${freePorts.first + start} on is free`);
}

async function hold(host: string, port: number, held: Server[]): Promise<number> {
  const found = await listen(host, port, held);
  // Clients that are told `localhost` may try ::1 first, and would reach whoever listens there.
  if (host === '127.0.0.1' && port !== 0) {
    await listen('::1', port, held).catch((error: unknown) => {
      if (codeOf(error) === 'EADDRINUSE') throw error; // Else there is no IPv6 here.
    });
  }
  return found;
}

async function listen(host: string, port: number, held: Server[]): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, ipv6Only: host.includes(':') }, resolve);
  });
  held.push(server);
  return (server.address() as AddressInfo).port;
}

function faultOf(error: unknown, variable: string, port: number, host: string): string {
  const code = codeOf(error);
  if (code === 'EADDRINUSE') return `Port ${port} is taken. ${variable} chooses another one (0: a free one).`;
  if (code === 'EACCES') return `Port ${port} needs more rights than this user has. ${variable} chooses another one.`;
  return `Nothing can listen on ${host}:${port} (${variable}): ${error instanceof Error ? error.message : String(error)}`;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
