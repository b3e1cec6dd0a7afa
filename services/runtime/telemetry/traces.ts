import {
  ROOT_CONTEXT,
  SpanKind,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { globalErrorHandler, parseTraceParent, setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';

import { currentScope } from './scope.ts';

interface TracesOptions {
  /** Of the program. */
  readonly name: string;
  /** Of a collector, without `/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of the traces that begin here, the share that is kept. */
  readonly share: number;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  /** Hears that traces cannot be sent, once in a while. */
  readonly log: Logger;
}

/** What is not sent by then is lost: a trace keeps no program from its end. */
const sendTimeoutMs = 1_000;
const spansWaitingMax = 8_192;
const silenceMs = 60_000;

/** Opens the traces of a program, which are sent in batches, and dropped while the collector does not take them. */
export function openTraces(options: TracesOptions): Traces {
  const { name, url, headers, share, resourceAttributes, log } = options;
  setGlobalErrorHandler(tellOnceInAWhile(log));
  const exporter = new OTLPTraceExporter({
    url: `${url.replace(/\/$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: sendTimeoutMs,
  });
  const provider = new TracerProvider({
    // Whoever is not to be kept has no span in the first place: see `begin`.
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes({ ...resourceAttributes, 'service.name': `boxoffice-${name}` }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter, maxQueueSize: spansWaitingMax, exportTimeoutMillis: sendTimeoutMs }),
    ],
  });
  return new Traces(provider, share);
}

/** Whatever the SDK fails at, which is to send: as often as it tries, while the collector is away. */
function tellOnceInAWhile(log: Logger): (error: unknown) => void {
  let untilMs = 0;
  return (error) => {
    if (performance.now() < untilMs) return;
    untilMs = performance.now() + silenceMs;
    log.warn({ err: error }, 'traces cannot be sent: they are lost');
  };
}

/** How a span begins. */
interface SpanStart {
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
}

/**
 * The spans of a program. What is not kept has none, and costs a random number.
 *
 * The context of OpenTelemetry itself is not used: the request under way is the {@link currentScope}, of which log lines and
 * outgoing calls know, too.
 */
export class Traces implements AsyncDisposable {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #share: number;

  constructor(provider: TracerProvider, share: number) {
    this.#provider = provider;
    this.#tracer = provider.getTracer('boxoffice');
    this.#share = share;
  }

  /**
   * Begins the part of a trace that is in this process: of the caller's trace, when it is kept, or of one of our own for a
   * share of what comes without.
   *
   * @param traceparent the header of W3C Trace Context, if there is one.
   */
  begin(
    name: string,
    traceparent: string | undefined,
    { kind = SpanKind.SERVER, ...start }: SpanStart = {},
  ): Span | undefined {
    const parent = traceparent === undefined ? undefined : parseTraceParent(traceparent);
    if (parent !== undefined && parent !== null) {
      if ((parent.traceFlags & TraceFlags.SAMPLED) === 0) return undefined;
      return this.#start(name, { kind, ...start }, trace.setSpanContext(ROOT_CONTEXT, { ...parent, isRemote: true }));
    }
    return Math.random() < this.#share ? this.#start(name, { kind, ...start }, ROOT_CONTEXT) : undefined;
  }

  /** Begins a span below the request under way, or below `parent`; none when that is not traced. */
  child(name: string, start: SpanStart = {}, parent: Span | undefined = currentScope()?.span): Span | undefined {
    return parent && this.#start(name, start, trace.setSpan(ROOT_CONTEXT, parent));
  }

  /** Sends what has not been sent. What cannot be is lost, and keeps nobody from ending. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider.shutdown().catch(globalErrorHandler);
  }

  #start(name: string, start: SpanStart, context: Context): Span {
    return this.#tracer.startSpan(name, start, context);
  }
}
