import { createContextKey, createContextValues, type CallOptions, type Interceptor } from '@connectrpc/connect';
import type { Reason } from '@boxoffice/proto/reasons';
import { reasonOf, refuse } from '@boxoffice/runtime/error';
import type { Logger } from '@boxoffice/runtime/log';

const faults: ReadonlySet<Reason | undefined> = new Set<Reason>(['KEY_MISSING', 'KEY_INVALID', 'CALLER_NOT_ALLOWED']);

const isOperators = createContextKey(false, { description: 'with the key of an operator' });

/** Marks a call that carries an operator's key instead of our own. */
export function forOperator(): Pick<CallOptions, 'contextValues'> {
  return { contextValues: createContextValues().set(isOperators, true) };
}

/**
 * When a service refuses the key of this process, that is no fault of the client's: it is told that a part is away, and
 * the log says why. Calls that carry an operator's key are left alone: those refusals are the operator's.
 */
export function ownKeyFaults(log: Logger): Interceptor {
  return (next) => async (request) => {
    const operators = request.contextValues.get(isOperators);
    try {
      return await next(request);
    } catch (error) {
      if (operators || !faults.has(reasonOf(error))) {
        throw error;
      }
      log.error({ err: error, rpc: request.url }, 'SERVICE_KEY is not accepted');
      throw refuse('DEPENDENCY_UNAVAILABLE', 'a part behind this one is away: try again', {
        retryAfterMs: 5_000,
        cause: error,
      });
    }
  };
}
