import { once } from 'node:events';

import { ConfigError, logLevel, readConfig } from './config.ts';
import type { FaultPoints } from './fault-points.ts';
import { createLogger, type Logger } from './log.ts';

/** A running program. Disposing ends it: nothing new is taken, what is under way is finished, connections are closed. */
export interface App extends AsyncDisposable {
  /** `host:port` that it really listens on. */
  readonly address: string;
}

/** What a program starts with. */
export interface ProgramContext {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Aborted as soon as the program is to end, which may be while it starts. */
  readonly signal: AbortSignal;
  /** What a test in the same process plans for the program; otherwise the environment says. */
  readonly faults?: FaultPoints<string>;
}

/** Starts a program. Throws ConfigError for a faulty environment. */
export type Start = (context: ProgramContext) => Promise<App>;

/** For the end of a program, from the signal on; what waits for it (npm start, Kubernetes) waits a little longer. */
const stopTimeoutMs = 5_000;

/**
 * Runs a program from start to end, and ends the process.
 *
 * It logs `ready` with the address. SIGTERM, SIGINT and SIGHUP end it: exit code 0, or 1 when it has not ended after 5 s;
 * further signals change nothing, since Ctrl-C in a terminal comes twice, from the terminal and from the parent. A program
 * that cannot start, and an error that nobody caught, are logged as `fatal` and end it with 1 at once.
 */
export async function run(name: string, start: Start): Promise<void> {
  const log = createLogger(name, levelOf(process.env));
  const stop = stopOnSignal(log);
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => exit(1, () => log.fatal({ err: error }, event)));
  }
  const app = await start({ env: process.env, log, signal: stop }).catch((error: unknown) =>
    // Told to end while it started, it may give up by throwing.
    stop.aborted
      ? exit(0, () => log.info({ err: error }, 'ended before it was ready'))
      : exit(1, () => sayWhy(log, error)),
  );
  if (!stop.aborted) log.info({ address: app.address, pid: process.pid }, 'ready');
  await aborted(stop);
  try {
    await app[Symbol.asyncDispose]();
  } catch (error) {
    exit(1, () => log.error({ err: error }, 'ended badly'));
  }
  exit(0, () => log.info('ended'));
}

/** A wrong level is a fault like others, for `readConfig` to tell; until then there is the default. */
function levelOf(environment: NodeJS.ProcessEnv): Parameters<typeof createLogger>[1] {
  try {
    return readConfig({ logLevel }, environment).logLevel;
  } catch {
    return logLevel.absent?.value;
  }
}

function stopOnSignal(log: Logger): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      log.info({ signal }, 'ending');
      setTimeout(() => exit(1, () => log.fatal(`not ended ${stopTimeoutMs} ms after ${signal}`)), stopTimeoutMs);
      stop.abort();
    });
  }
  return stop.signal;
}

async function aborted(signal: AbortSignal): Promise<void> {
  // A pending promise does not keep a process alive; an app whose handles are all unreferenced would end unasked.
  const alive = setInterval(() => undefined, 2 ** 30);
  if (!signal.aborted) await once(signal, 'abort');
  clearInterval(alive);
}

function sayWhy(log: Logger, error: unknown): void {
  if (error instanceof ConfigError) log.fatal({ faults: error.faults }, 'the configuration is faulty');
  else log.fatal({ err: error }, 'cannot start');
}

/** The log may be what is broken, as when the reader of the pipe is gone. */
function exit(code: number, lastWord: () => void): never {
  try {
    lastWord();
  } finally {
    process.exit(code);
  }
}
