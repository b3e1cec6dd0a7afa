import type { Scope } from '@boxoffice/runtime/telemetry/scope';

/**
 * What the call for a group belongs to, of the requests in it: to the first one that is traced, and the spans of the others
 * are linked to that, so that the call is found from each. It has a request's id only where it is that request's alone.
 */
export function groupScope(scopes: readonly (Scope | undefined)[]): Scope {
  const [span, ...others] = scopes.flatMap((scope) => scope?.span ?? []);
  if (span !== undefined) {
    others.forEach((other) => other.addLink({ context: span.spanContext() }));
  }
  return { requestId: scopes.length === 1 ? scopes[0]?.requestId : undefined, span };
}
