import { env } from './variable.ts';

/** The variables that every program has, whatever else its own spec names: `run` reads them, and `readConfig` checks them. */
export const programSpec = {
  logLevel: env.oneOf('LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { default: 'info' }),
  host: env.string('HOST', { default: '0.0.0.0' }),
  /** Where operators find `/metrics`, `/livez` and `/readyz`. Not set: nowhere, and nothing is measured. */
  operationsPort: env.port('OPERATIONS_PORT', { optional: true }),
  /** Of a collector that takes OTLP over HTTP. Not set: nothing is traced. */
  tracesUrl: env.url('OTEL_EXPORTER_OTLP_ENDPOINT', { optional: true }),
  tracesHeaders: env.pairs('OTEL_EXPORTER_OTLP_HEADERS', { default: {} }),
  /** The share of the traces beginning here that is kept. Who comes with a trace that is kept is always followed. */
  tracesShare: env.share('OTEL_TRACES_SAMPLER_ARG', { default: 0.01 }),
  resourceAttributes: env.pairs('OTEL_RESOURCE_ATTRIBUTES', { default: {} }),
  /** After the signal to end: how long a program still serves, while those who send it work learn that it will not. */
  shutdownDelayMs: env.integer('SHUTDOWN_DELAY_MS', { default: 0, min: 0, max: 60_000 }),
  /** From the signal to the end of the process, at most, the delay included. */
  shutdownTimeoutMs: env.integer('SHUTDOWN_TIMEOUT_MS', { default: 5_000, min: 500, max: 300_000 }),
};

/** What is kept of the time to end for last words and for closing connections: less where there is little. */
const closing = { msMax: 2_000, shareMax: 0.4 };

interface EndingTimes {
  readonly shutdownDelayMs: number;
  readonly shutdownTimeoutMs: number;
}

/** What is wrong with the variables of every program together, when each by itself is right. */
export function programFaults({ shutdownDelayMs, shutdownTimeoutMs }: EndingTimes): string[] {
  if (shutdownDelayMs < shutdownTimeoutMs) return [];
  return [`SHUTDOWN_DELAY_MS=${shutdownDelayMs} leaves no time to end in SHUTDOWN_TIMEOUT_MS=${shutdownTimeoutMs}`];
}

/** How long what is under way may take, of the time to end: what the delay and the closing leave. */
export function graceMsOf({ shutdownDelayMs, shutdownTimeoutMs }: EndingTimes): number {
  const leftMs = Math.max(0, shutdownTimeoutMs - shutdownDelayMs);
  return leftMs - Math.min(closing.msMax, leftMs * closing.shareMax);
}
