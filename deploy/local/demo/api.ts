import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** A call of `/v1`. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Behind `/v1`. */
  readonly path: string;
  readonly body?: object;
  readonly queueToken?: string;
  /** Refusals that mean "not yet", beside those that always do. */
  readonly retryOn?: readonly string[];
}

/** An answer that is not worth another attempt. */
export interface Answer {
  readonly status: number;
  /** The JSON; of a refusal the problem. Empty when there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Why it was refused; undefined when it was not. */
  readonly reason: string | undefined;
  /** How many attempts came to nothing before it. */
  readonly retries: number;
}

export interface ApiOptions {
  /** Without `/v1`. */
  readonly url: string;
  readonly signal: AbortSignal;
  /** How long to go on trying. */
  readonly retryLimitMs?: number;
  /** Hears of every attempt that came to nothing, by its reason. */
  readonly onRetry?: (reason: string) => void;
}

/** All attempts came to nothing. */
export class UnreachableError extends Error {}

const attemptLimitMs = 15_000;
const pauseMs = { first: 50, max: 1_000 } as const;
const awayStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const underWay: ReadonlySet<string> = new Set(['REQUEST_IN_FLIGHT', 'BUSY']);

/**
 * The REST client of the demo. It goes on trying through anything that a killed process can cause: broken connections, and
 * parts that are away. All attempts of a call carry one `Idempotency-Key`, so that what was done is not done again.
 */
export class Api {
  readonly #options: Required<ApiOptions>;

  constructor(options: ApiOptions) {
    this.#options = { retryLimitMs: 60_000, onRetry: () => undefined, ...options };
  }

  /**
   * Calls as a member.
   *
   * @throws UnreachableError after the retry limit; the signal's reason when the demo ends.
   */
  call(call: Call): Promise<Answer> {
    return this.#attempts(call, {});
  }

  /** Calls as an operator. @throws as {@link call} does. */
  callAs(operatorKey: string, call: Call): Promise<Answer> {
    return this.#attempts(call, { Authorization: `Bearer ${operatorKey}` });
  }

  /**
   * Opens an event stream; gives the response once it began. One attempt: whoever watches a stream connects again anyway.
   *
   * @throws Error when there is no stream; the signal's reason when it is over.
   */
  async stream(
    path: string,
    queueToken: string,
    lastEventId: string | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    const response = await fetch(`${this.#options.url}/v1${path}`, {
      headers: { 'Queue-Token': queueToken, ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }) },
      signal: AbortSignal.any([signal, this.#options.signal]),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the stream was answered with ${response.status}`);
    }
    return response;
  }

  async #attempts(call: Call, more: Readonly<Record<string, string>>): Promise<Answer> {
    const { retryLimitMs, onRetry, signal } = this.#options;
    const headers = { ...headersOf(call), ...more };
    const end = performance.now() + retryLimitMs;
    for (let retries = 0; ; retries += 1) {
      const result = await this.#attempt(call, headers, retries);
      if (typeof result !== 'string') return result;
      onRetry(result);
      const wait = Math.min(pauseMs.max, pauseMs.first * 2 ** retries) * (0.5 + Math.random());
      if (performance.now() + wait > end) {
        throw new UnreachableError(`${call.method} ${call.path}: ${result}, for ${retryLimitMs / 1_000} s`);
      }
      await delay(wait, undefined, { signal });
    }
  }

  /** The answer, or why it is worth another attempt. */
  async #attempt(call: Call, headers: Readonly<Record<string, string>>, retries: number): Promise<Answer | string> {
    const { url, signal } = this.#options;
    const limit = AbortSignal.timeout(attemptLimitMs);
    try {
      const response = await fetch(`${url}/v1${call.path}`, {
        method: call.method,
        headers,
        signal: AbortSignal.any([limit, signal]),
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      });
      const text = await response.text();
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      const reason = response.status < 400 ? undefined : reasonOf(body, response.status);
      const again = awayStatuses.has(response.status) || (reason !== undefined && isUnderWay(reason, call));
      return again ? (reason ?? String(response.status)) : { status: response.status, body, reason, retries };
    } catch (error) {
      signal.throwIfAborted();
      // Nothing but the way there, or an answer that was cut short: see if it comes whole.
      return limit.aborted ? 'no answer' : connectionFault(error);
    }
  }
}

function headersOf({ method, body, queueToken }: Call): Record<string, string> {
  return {
    ...(method !== 'GET' && { 'Idempotency-Key': randomUUID() }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(queueToken !== undefined && { 'Queue-Token': queueToken }),
  };
}

function reasonOf(body: Readonly<Record<string, unknown>>, status: number): string {
  const { reason } = body;
  return typeof reason === 'string' ? reason : `HTTP ${status}`;
}

function isUnderWay(reason: string, { retryOn = [] }: Call): boolean {
  return underWay.has(reason) || retryOn.includes(reason);
}

function connectionFault(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const known = typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string';
  return known ? (cause.code as string) : 'broken connection';
}
