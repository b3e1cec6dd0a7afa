import { AsyncLocalStorage } from 'node:async_hooks';

import type { Span } from '@opentelemetry/api';

/** The request that is under way: what its log lines, its calls and its spans have in common. */
export interface Scope {
  /** As the caller knows it: `X-Request-Id`. */
  readonly requestId?: string | undefined;
  /** Present while the request is traced. */
  readonly span?: Span | undefined;
}

const scopes = new AsyncLocalStorage<Scope>();

/** The request under way, if there is one. */
export function currentScope(): Scope | undefined {
  return scopes.getStore();
}

/** Does what belongs to a request, and to whatever it awaits. */
export function inScope<T>(scope: Scope, work: () => T): T {
  return scopes.run(scope, work);
}
