import type { Meter } from '@opentelemetry/api';
import type { Logger } from 'pino';

import type { Traces } from './traces.ts';

/**
 * What a program measures itself with. Where there are no metrics or no traces nobody looks: then nothing is measured, and
 * whoever would measure asks for no more than that.
 */
export interface Telemetry {
  readonly metrics: Meter | undefined;
  readonly traces: Traces | undefined;
}

/** Nobody looks. */
export const noTelemetry: Telemetry = { metrics: undefined, traces: undefined };

/** Telemetry that somebody collects. Disposing it sends what has not been sent. */
export interface OpenTelemetry extends Telemetry, AsyncDisposable {
  /** All metrics as text for Prometheus; undefined when nothing is measured. */
  readonly expose: (() => Promise<string>) | undefined;
}

/** Who collects what. */
export interface TelemetryOptions {
  /** Of the program, as in `queue`. */
  readonly name: string;
  /** Somebody reads the metrics. */
  readonly measured: boolean;
  /** Where traces go; undefined: nowhere. */
  readonly traces:
    { readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly share: number } | undefined;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly log: Logger;
}

/** Opens what is collected, and loads what that takes: the SDK is not even read where nobody looks. */
export async function openTelemetry(options: TelemetryOptions): Promise<OpenTelemetry> {
  const metrics = options.measured ? (await import('./metrics.ts')).openMetrics(options) : undefined;
  const traces = options.traces && (await import('./traces.ts')).openTraces({ ...options, ...options.traces });
  return {
    metrics: metrics?.meter,
    traces,
    expose: metrics?.expose,
    async [Symbol.asyncDispose]() {
      await Promise.all([metrics?.[Symbol.asyncDispose](), traces?.[Symbol.asyncDispose]()]);
    },
  };
}
