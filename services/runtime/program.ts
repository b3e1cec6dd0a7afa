import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { ConfigError, readConfig, type InferConfig } from './config.ts';
import type { FaultPoints } from './fault-points.ts';
import { Grace } from './grace.ts';
import { createLogger, type Logger } from './log.ts';
import { startOperationsServer } from './operations-server.ts';
import { graceMsOf, programSpec } from './program-config.ts';
import { measureProcess } from './telemetry/process-metrics.ts';
import { openTelemetry, type Telemetry } from './telemetry/telemetry.ts';

/** A running program. Disposing ends it: nothing new is taken, what is under way is finished, connections are closed. */
export interface App extends AsyncDisposable {
  /** `host:port` that it really listens on. */
  readonly address: string;
  /** Whether work should be sent here: what it needs is there, and it does not end. */
  readonly isReady: () => boolean | Promise<boolean>;
  /** Says to all who ask that this program is not ready any more, while it still serves. */
  readonly drain: () => void;
}

/** What a program starts with. */
export interface ProgramContext {
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Aborted as soon as the program is to end, which may be while it starts. */
  readonly signal: AbortSignal;
  /** How long what is under way may take when the app is disposed of; absent: 3 s. */
  readonly grace?: Grace;
  /** What it measures itself with; absent: nobody looks. */
  readonly telemetry?: Telemetry;
  /** What a test in the same process plans for the program; otherwise the environment says. */
  readonly faults?: FaultPoints<string>;
}

/** Starts a program. Throws ConfigError for a faulty environment. */
export type Start = (context: ProgramContext) => Promise<App>;

type ProgramConfig = InferConfig<typeof programSpec>;

/**
 * Runs a program from start to end, and ends the process.
 *
 * It logs `ready` with the address. SIGTERM, SIGINT and SIGHUP end it: it says that it is not ready, serves for
 * SHUTDOWN_DELAY_MS more, and is disposed: what is under way has most of what is left then (see {@link Grace}). The exit
 * code is 0, or 1 when it has not ended SHUTDOWN_TIMEOUT_MS after the signal.
 * Further signals change nothing, since Ctrl-C in a terminal comes twice, from the terminal and from the parent. A program
 * that cannot start, and an error that nobody caught, are logged as `fatal` and end it with 1 at once.
 */
export async function run(name: string, start: Start): Promise<void> {
  // Faults of the variables that all programs have are told by the program's own `readConfig`, together with the others.
  const config = readConfigOrDefaults(process.env);
  const log = createLogger(name, config.logLevel);
  const stop = stopOnSignal(log, config.shutdownTimeoutMs);
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => exit(1, () => log.fatal({ err: error }, event)));
  }
  let app: App | undefined;
  const isReady = async (): Promise<boolean> => app !== undefined && !stop.aborted && (await app.isReady());
  try {
    await using operations = await openOperations(name, config, { isReady, log });
    const grace = new Grace(graceMsOf(config));
    app = await start({ env: process.env, log, signal: stop, grace, telemetry: operations.telemetry });
    if (!stop.aborted) log.info({ address: app.address, pid: process.pid }, 'ready');
    await aborted(stop);
    await end(app, config.shutdownDelayMs).catch((error: unknown) =>
      exit(1, () => log.error({ err: error }, 'ended badly')),
    );
  } catch (error) {
    // Told to end while it started, it may give up by throwing.
    if (stop.aborted) exit(0, () => log.info({ err: error }, 'ended before it was ready'));
    exit(1, () => sayWhy(log, error));
  }
  exit(0, () => log.info('ended'));
}

/** What those who operate a program look at; it is there before the program, and after it. */
async function openOperations(
  name: string,
  config: ProgramConfig,
  { isReady, log }: { readonly isReady: () => Promise<boolean>; readonly log: Logger },
): Promise<AsyncDisposable & { readonly telemetry: Telemetry }> {
  const { host, operationsPort, tracesUrl, tracesHeaders, tracesShare, resourceAttributes } = config;
  await using resources = new AsyncDisposableStack();
  const telemetry = resources.use(
    await openTelemetry({
      name,
      measured: operationsPort !== undefined,
      traces: tracesUrl === undefined ? undefined : { url: tracesUrl, headers: tracesHeaders, share: tracesShare },
      resourceAttributes,
      log,
    }),
  );
  const { metrics, expose } = telemetry;
  if (operationsPort !== undefined && metrics !== undefined && expose !== undefined) {
    resources.use(measureProcess(metrics, { name, isReady }));
    const server = await startOperationsServer({ host, port: operationsPort, isReady, expose, log });
    resources.use(server);
    log.info({ port: server.port }, 'operations');
  }
  const opened = resources.move();
  return { telemetry, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function end(app: App, delayMs: number): Promise<void> {
  app.drain();
  if (delayMs > 0) await delay(delayMs);
  await app[Symbol.asyncDispose]();
}

/** The variables that every program has; where any of them is faulty, as if none were set. */
export function readConfigOrDefaults(environment: NodeJS.ProcessEnv): ProgramConfig {
  try {
    return readConfig(programSpec, environment);
  } catch {
    return readConfig(programSpec, {});
  }
}

function stopOnSignal(log: Logger, timeoutMs: number): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (stop.signal.aborted) return;
      log.info({ signal }, 'ending');
      setTimeout(() => exit(1, () => log.fatal(`not ended ${timeoutMs} ms after ${signal}`)), timeoutMs);
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

/** Logs why a program ends that has not come about. */
export function sayWhy(log: Logger, error: unknown): void {
  if (error instanceof ConfigError) log.fatal({ faults: error.faults }, 'the configuration is faulty');
  else log.fatal({ err: error }, 'cannot start');
}

/** Ends the process. The log may be what is broken, as when the reader of the pipe is gone. */
export function exit(code: number, lastWord: () => void): never {
  try {
    lastWord();
  } finally {
    process.exit(code);
  }
}
