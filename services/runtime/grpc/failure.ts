import { randomUUID } from 'node:crypto';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Reason } from '@boxoffice/proto/reasons';
import { databaseRefusal } from '../database/failure.ts';
import { reasonOf, refuse, ServiceError } from '../error.ts';

/** How a failed call is answered and how loudly it is logged. */
export interface Failure {
  /** What the caller is told. */
  readonly error: ConnectError;
  /** `debug` for what callers bring about, `warn` for a dependency that is away, `error` for a fault of ours. */
  readonly level: 'debug' | 'warn' | 'error';
  /** What really happened, where that is not the same. For the log alone. */
  readonly cause?: unknown;
  /** The id under which both the caller and the log have a fault. */
  readonly incident?: string;
}

// Said about our own call to another service, these are a fault of ours: the caller did nothing wrong.
const ownFaults: ReadonlySet<Reason> = new Set(['KEY_MISSING', 'KEY_INVALID', 'CALLER_NOT_ALLOWED', 'REQUEST_INVALID']);
const awayCodes: ReadonlySet<Code> = new Set([Code.Unavailable, Code.ResourceExhausted, Code.Canceled]);
const retryMs = 1_000;

/**
 * Turns whatever a handler threw into what its caller may know. Refusals pass, also those of a service behind this one;
 * a dependency that is away or closes becomes DEPENDENCY_UNAVAILABLE; everything else becomes INTERNAL without a word of detail
 * but the id under which the log has it.
 */
export function failureFrom(thrown: unknown): Failure {
  if (thrown instanceof ServiceError) {
    return { error: thrown, level: levelOf(thrown), cause: thrown.cause };
  }
  // UNKNOWN is what ConnectError.from makes of anything: its message was not written for callers.
  if (thrown instanceof ConnectError && (thrown.isWireError || thrown.code !== Code.Unknown)) {
    return thrown.isWireError ? relayed(thrown) : { error: thrown, level: levelOf(thrown), cause: thrown.cause };
  }
  const ofDatabase = databaseRefusal(thrown);
  if (ofDatabase !== undefined) {
    return { error: ofDatabase, level: 'warn', cause: thrown };
  }
  return fault(thrown);
}

// An error that another server answered with, and that the handler did not care to catch.
function relayed(error: ConnectError): Failure {
  const reason = reasonOf(error);
  // Not of us: what a server behind this one says of itself would be taken for this one's word.
  if (reason !== undefined && reason !== 'DRAINING' && !ownFaults.has(reason)) {
    return { error, level: levelOf(error) };
  }
  if (error.code === Code.DeadlineExceeded) {
    return {
      error: new ConnectError('a part behind this service took too long', error.code),
      level: 'warn',
      cause: error,
    };
  }
  if (awayCodes.has(error.code)) {
    const message = 'a part behind this service is away: try again';
    return { error: refuse('DEPENDENCY_UNAVAILABLE', message, { retryAfterMs: retryMs }), level: 'warn', cause: error };
  }
  return fault(error);
}

function fault(cause: unknown): Failure {
  const incident = randomUUID();
  return { error: refuse('INTERNAL', 'internal error', { metadata: { incident } }), level: 'error', cause, incident };
}

function levelOf({ code }: ConnectError): Failure['level'] {
  switch (code) {
    case Code.Internal:
    case Code.DataLoss:
      return 'error';
    case Code.Unavailable:
      return 'warn';
    default:
      return 'debug';
  }
}
