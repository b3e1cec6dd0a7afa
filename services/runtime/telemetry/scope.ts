import { AsyncLocalStorage } from 'node:async_hooks';

import type { Span } from '@opentelemetry/api';

/** The request that is under way: what its log lines, its calls and its spans have in common. */
export interface Scope {
  /** As the caller knows it: `X-Request-Id`. */
  readonly requestId?: string | undefined;
  /** Present while the request is traced. */
  readonly span?: Span | undefined;
}

/** What a caller's own id of a request has to look like to be taken over. */
export const requestIdPattern = /^[\w.:-]{8,128}$/;

/** What an id of a request travels by, in HTTP and in gRPC. */
export const requestIdHeader = 'x-request-id';

const scopes = new AsyncLocalStorage<Scope>();

/** The request under way, if there is one. */
export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/** Does what belongs to a request, and to whatever it awaits. */
export function inScope<T>(scope: Scope, work: () => T): T {
  return scopes.run(scope, work);
}

/** What the log and an error answer have a request under. */
export function idsOf(scope: Scope | undefined): { readonly requestId?: string; readonly traceId?: string } {
  if (scope === undefined) return {};
  const { requestId, span } = scope;
  return {
    ...(requestId !== undefined && { requestId }),
    ...(span !== undefined && { traceId: span.spanContext().traceId }),
  };
}
