import { refuse, type ServiceError } from '../error.ts';

const causesMax = 4;
const busyRetryMs = 100;
const unavailableRetryMs = 1_000;

// PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html
const contended = new Set([
  '40001', // serialization_failure, after the transaction's own retries
  '40P01', // deadlock_detected, likewise
  '55P03', // lock_not_available: lock_timeout
]);
const unavailable = new Set([
  '25P03', // idle_in_transaction_session_timeout
  '57014', // query_canceled: statement_timeout
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);
// connection_exception, insufficient_resources, and shutdown or crash of the server.
const unavailableClasses = /^(?:08...|53...|57P..)$/;
// What pg and its pool say without a code.
const unavailableMessages = [
  'timeout exceeded when trying to connect',
  'Connection terminated',
  'Client has encountered a connection error',
  'Query read timeout',
  'Cannot use a pool after calling end on the pool',
];

/**
 * What a failure of the database, or of the way to it, means to the caller: BUSY when it lost against other
 * transactions and another try may win, DEPENDENCY_UNAVAILABLE when the database is away or overloaded. Looks at the
 * causes of the error too, since mappers wrap. Undefined for every other error.
 */
export function databaseFailure(error: unknown): ServiceError | undefined {
  for (let cause = error, depth = 0; cause instanceof Error && depth < causesMax; cause = cause.cause, depth++) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    if (contended.has(code)) {
      return refuse('BUSY', 'others were changing the same thing: try again', {
        retryAfterMs: busyRetryMs,
        cause: error,
      });
    }
    const { message } = cause;
    if (
      unavailable.has(code) ||
      unavailableClasses.test(code) ||
      unavailableMessages.some((start) => message.startsWith(start))
    ) {
      return refuse('DEPENDENCY_UNAVAILABLE', 'a part behind this service is away: try again', {
        retryAfterMs: unavailableRetryMs,
        cause: error,
      });
    }
  }
  return undefined;
}
