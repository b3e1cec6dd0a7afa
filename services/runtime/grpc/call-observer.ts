import type { Span, UpDownCounter } from '@opentelemetry/api';
import type { Metadata } from '@grpc/grpc-js';
import { Code, type ConnectError } from '@connectrpc/connect';

import { Durations } from '../telemetry/durations.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { failSpan } from '../telemetry/span.ts';
import type { Traces } from '../telemetry/traces.ts';

/** Codes by the names that gRPC has for them: `UNAVAILABLE`. Connect writes one of them otherwise. */
const codeNames: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(Code).flatMap(([name, code]) =>
    typeof code === 'number'
      ? [
          [
            code,
            name
              .replace(/(?<=[a-z])(?=[A-Z])/g, '_')
              .toUpperCase()
              .replace(/^CANCELED$/, 'CANCELLED'),
          ],
        ]
      : [],
  ),
);

/** The name of how a call ended. */
export function codeName(error: ConnectError | undefined): string {
  return error === undefined ? 'OK' : (codeNames[error.code] ?? 'UNKNOWN');
}

/** Ends the span of a call. */
export function endCallSpan(span: Span, error: ConnectError | undefined): void {
  span.setAttribute('rpc.response.status_code', codeName(error));
  if (error !== undefined) failSpan(span, error.rawMessage);
  span.end();
}

/**
 * Measures and traces the calls of a server. A stream is measured up to its first message: how long its reader stays says
 * nothing of us.
 */
export class CallObserver {
  readonly #durations: Durations | undefined;
  readonly #streams: UpDownCounter | undefined;
  readonly #traces: Traces | undefined;

  constructor({ metrics, traces }: Telemetry) {
    const name = 'boxoffice_rpc_server_duration_seconds';
    this.#durations =
      metrics &&
      new Durations(metrics, name, 'From a call to its answer; of a stream, to its first message', ['rpc', 'code']);
    this.#streams = metrics?.createUpDownCounter('boxoffice_rpc_server_streams_open', {
      description: 'Streams that are read',
    });
    this.#traces = traces;
  }

  /** Begins the span of a call, as part of its caller's trace. */
  begin(rpc: string, metadata: Metadata): Span | undefined {
    if (this.#traces === undefined) return undefined;
    const [traceparent] = metadata.get('traceparent');
    return this.#traces.begin(rpc, typeof traceparent === 'string' ? traceparent : undefined, {
      attributes: { 'rpc.system.name': 'grpc', 'rpc.method': rpc },
    });
  }

  /** A call is answered, or its stream has begun. */
  answered(rpc: string, startedMs: number, span: Span | undefined, error: ConnectError | undefined): void {
    this.#durations?.record(rpc, startedMs, codeName(error));
    if (span !== undefined) endCallSpan(span, error);
  }

  /** A stream begins (1) or ends (-1). */
  countStream(rpc: string, change: 1 | -1): void {
    this.#streams?.add(change, { rpc });
  }
}
