import { failSpan, traceparentOf } from '@boxoffice/runtime/telemetry/span';
import type { Traces } from '@boxoffice/runtime/telemetry/traces';
import { SpanKind, type Span } from '@opentelemetry/api';

/** A trace that calls are made a part of. */
export interface Following {
  readonly traces: Traces;
  /** The span that they are part of. */
  readonly parent: Span;
}

/** A call of `/v1`. */
export interface Call {
  /** Sent as JSON, by POST; without one it is GET. */
  readonly body?: object;
  readonly queueToken?: string;
  readonly operatorKey?: string;
}

/** The JSON of an answer. */
export type Answer = Readonly<Record<string, unknown>>;

const callLimitMs = 10_000;

/** A REST client that makes its calls a part of a trace, if it is given one. */
export class TracedApi {
  readonly #url: string;
  readonly #following: Following | undefined;

  /** @param url of the BFF, without `/v1`. */
  constructor(url: string, following?: Following) {
    this.#url = url;
    this.#following = following;
  }

  /** Calls what is below `/v1`. @throws Error when it is refused. */
  async call(path: string, { body, queueToken, operatorKey }: Call = {}): Promise<Answer> {
    const method = body === undefined ? 'GET' : 'POST';
    const span = this.#begin(`${method} /v1${path}`);
    try {
      const response = await fetch(`${this.#url}/v1${path}`, {
        method,
        headers: {
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(queueToken !== undefined && { 'Queue-Token': queueToken }),
          ...(operatorKey !== undefined && { Authorization: `Bearer ${operatorKey}` }),
          ...(span !== undefined && { traceparent: traceparentOf(span) }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(callLimitMs),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path} is answered with ${response.status}: ${text}`);
      return JSON.parse(text) as Answer;
    } catch (error) {
      if (span !== undefined) failSpan(span);
      throw error;
    } finally {
      span?.end();
    }
  }

  #begin(name: string): Span | undefined {
    const { traces, parent } = this.#following ?? {};
    return traces?.child(name, { kind: SpanKind.CLIENT }, parent);
  }
}
