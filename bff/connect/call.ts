import type { IncomingMessage } from 'node:http';
import { createContextKey, type CallOptions, type HandlerContext } from '@connectrpc/connect';
import { isReplay, markReplay } from '@boxoffice/runtime/replay';
import type { AccessTokenVerifier } from '../caller/access-token.ts';
import { bearerOf } from '../caller/bearer.ts';
import { clientAddressOf } from '../http/client-address.ts';
import type { Timeouts } from '../request/context.ts';
import { WebError } from '../http/web-error.ts';

/** The HTTP request that a call came in, and what became of it. */
export interface CallRequest {
  readonly req: IncomingMessage;
  readonly requestId: string;
  /** Where it is traced. */
  readonly traceId: string | undefined;
  /** Called for each message of a stream, before it is sent. */
  readonly onMessage: () => void;
  /** Whether its message could be read: the call has begun. */
  begun?: true;
  /** What the call failed with. */
  failure?: unknown;
}

/** Where a call's HTTP request is kept in its context values. */
export const requestKey = createContextKey<CallRequest | undefined>(undefined, { description: 'HTTP request' });

/** What all calls are made with. */
export interface CallParts {
  readonly verifyAccess: AccessTokenVerifier | undefined;
  readonly timeouts: Timeouts;
  readonly trustedProxies: number;
}

/** One call from outside: who makes it, and how the services are called for it. */
export class Call {
  readonly request: CallRequest;
  readonly signal: AbortSignal;
  readonly #parts: CallParts;
  readonly #context: HandlerContext;

  constructor(context: HandlerContext, parts: CallParts) {
    const request = context.values.get(requestKey);
    if (request === undefined) {
      throw new Error(`${context.method.name} was called without an HTTP request`);
    }
    request.begun = true;
    this.request = request;
    this.signal = context.signal;
    this.#context = context;
    this.#parts = parts;
  }

  /**
   * The member who calls, as the access token says; undefined where nobody has to show one.
   *
   * @throws WebError ACCESS_TOKEN_MISSING, ACCESS_TOKEN_INVALID.
   */
  async member(): Promise<string | undefined> {
    const { verifyAccess } = this.#parts;
    if (verifyAccess === undefined) {
      return undefined;
    }
    const token = bearerOf(this.request.req.headers.authorization);
    if (token === undefined) {
      throw new WebError('ACCESS_TOKEN_MISSING', 'this call needs an access token: authorization: Bearer …');
    }
    return verifyAccess(token);
  }

  /** The address the call comes from, where it is known. */
  get clientAddress(): string | undefined {
    return clientAddressOf(this.request.req, this.#parts.trustedProxies);
  }

  /** How a call that only reads is made: cancelled when nobody waits any more, and when the caller's own time is over. */
  get reading(): CallOptions & { signal: AbortSignal } {
    const ownMs = this.#context.timeoutMs() ?? Infinity;
    const timeoutMs = Math.max(1, Math.min(this.#parts.timeouts.readTimeoutMs, ownMs));
    return { timeoutMs, headers: this.#headers, signal: this.signal };
  }

  /** How a call that changes something is made: it runs to its end, whoever waits for it. */
  get writing(): CallOptions {
    return {
      timeoutMs: this.#parts.timeouts.writeTimeoutMs,
      headers: this.#headers,
      onHeader: (header) => this.tellReplay(isReplay(header)),
    };
  }

  /** Tells whether what is answered was answered before. */
  tellReplay(replayed: boolean): void {
    if (replayed) {
      markReplay(this.#context.responseHeader);
    }
  }

  // Nothing of the caller's own: its key, or what it says of partners, must not reach a service.
  get #headers(): Record<string, string> {
    return { 'x-request-id': this.request.requestId };
  }
}
