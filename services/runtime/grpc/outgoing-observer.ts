import { SpanKind } from '@opentelemetry/api';
import { Code, ConnectError } from '@connectrpc/connect';

import { Durations } from '../telemetry/durations.ts';
import { currentScope, requestIdHeader } from '../telemetry/scope.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { traceparentOf } from '../telemetry/span.ts';
import type { Traces } from '../telemetry/traces.ts';
import { codeName, endCallSpan } from './call-observer.ts';

/** Tells the server which request a call is made for. */
export function addRequestId(headers: Headers): void {
  const requestId = currentScope()?.requestId;
  if (requestId !== undefined && !headers.has(requestIdHeader)) headers.set(requestIdHeader, requestId);
}

/**
 * Tells a server that a call belongs to a request which is not kept, so that it begins no trace of its own. The ids are no
 * request's: nobody keeps them.
 */
const untraced = '00-00000000000000000000000000000001-0000000000000001-00';

/** Measures and traces the unary calls that are made. All tries of a call are one. */
export class OutgoingObserver {
  readonly #durations: Durations | undefined;
  readonly #traces: Traces | undefined;

  constructor({ metrics, traces }: Telemetry) {
    const name = 'boxoffice_rpc_client_duration_seconds';
    this.#durations =
      metrics && new Durations(metrics, name, 'Of calls that are made, all their tries together', ['rpc', 'code']);
    this.#traces = traces;
  }

  /** Makes a call. What traces it is written into its headers. */
  async watch<T>(rpc: string, headers: Headers, call: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const span = this.#traces?.child(rpc, {
      kind: SpanKind.CLIENT,
      attributes: { 'rpc.system.name': 'grpc', 'rpc.method': rpc },
    });
    if (this.#traces !== undefined) headers.set('traceparent', span === undefined ? untraced : traceparentOf(span));
    let failure: ConnectError | undefined;
    try {
      return await call();
    } catch (error) {
      failure = ConnectError.from(error, Code.Canceled);
      throw error;
    } finally {
      this.#durations?.record(rpc, startedMs, codeName(failure));
      if (span !== undefined) endCallSpan(span, failure);
    }
  }
}

/** An observer where somebody looks. */
export function outgoingObserver(telemetry: Telemetry): OutgoingObserver | undefined {
  return telemetry.metrics === undefined && telemetry.traces === undefined
    ? undefined
    : new OutgoingObserver(telemetry);
}
