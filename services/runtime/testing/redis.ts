import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe } from '@boxoffice/runtime/testing/tests';

import { isRedisInstalled, redisServer } from './redis-installed.ts';

/** A `redis-server` of its own for a test file, so that the test may kill it, and no other shares its keys and channels. */
export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Lets it hang without closing its connections, until {@link proceed}. */
  hang(): void;
  proceed(): void;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
}

const startTimeoutMs = 10_000;

const installed = isRedisInstalled();

/** Describes what needs a Redis; skipped, by a name that says why, on a machine without `redis-server` on its PATH. */
export function describeWithRedis(name: string, tests: () => void): void {
  if (installed) describe(name, tests);
  else describe.skip(`${name} (SKIPPED: there is no redis-server on the PATH)`, tests);
}

/** Starts a Redis that writes nothing to disk. It is killed when it is disposed, and with this process. */
export async function testRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-redis-'));
  const port = await freePort();
  let server = await startServer(folder, port);
  const killNow = (): void => void server.kill('SIGKILL');
  process.once('exit', killNow);
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    killNow();
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    hang: () => void server.kill('SIGSTOP'),
    proceed: () => void server.kill('SIGCONT'),
    start: async () => void (server = await startServer(folder, port)),
    async [Symbol.asyncDispose]() {
      await kill();
      process.removeListener('exit', killNow);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @throws Error with what it said, when it ends or does not come up within 10 s. */
async function startServer(folder: string, port: number): Promise<ChildProcess> {
  const settings = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no' };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn(redisServer, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(new Error(`redis-server did not start: ${said}`));
    const timer = setTimeout(fail, startTimeoutMs);
    server.once('error', reject);
    server.once('exit', fail);
    server.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (!said.includes('Ready to accept connections')) return;
      clearTimeout(timer);
      server.stdout.removeAllListeners('data').resume();
      server.removeListener('exit', fail);
      resolve();
    });
  });
  await ready;
  return server;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
