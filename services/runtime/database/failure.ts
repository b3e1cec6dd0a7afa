import { refuse, type ServiceError } from '../error.ts';

/**
 * What a failed statement means for who sent it. `conflict`: the server has rolled back and the same again may pass.
 * `busy`: somebody held a lock. `slow`: the statement took too long. `unavailable`: there is no working connection.
 * `stale`: a prepared statement's result has changed its type, as a migration can do; a new connection plans it anew.
 */
export type DatabaseFailure = 'conflict' | 'busy' | 'slow' | 'unavailable' | 'stale';

/** SQLSTATEs and, for what fails before the server can say one, Node's codes. */
const failures: Readonly<Record<string, DatabaseFailure>> = {
  '40001': 'conflict', // serialization_failure
  '40P01': 'conflict', // deadlock_detected
  '55P03': 'busy', // lock_not_available: lock_timeout
  '57014': 'slow', // query_canceled: statement_timeout
  '25P03': 'unavailable', // idle_in_transaction_session_timeout: the session has ended
  '25006': 'unavailable', // read_only_sql_transaction: we talk to a server that has been demoted
  '57P01': 'unavailable', // admin_shutdown
  '57P02': 'unavailable', // crash_shutdown
  '57P03': 'unavailable', // cannot_connect_now
  '57P05': 'unavailable', // idle_session_timeout
  ECONNREFUSED: 'unavailable',
  ECONNRESET: 'unavailable',
  EPIPE: 'unavailable',
  ETIMEDOUT: 'unavailable',
  ENOTFOUND: 'unavailable',
  EAI_AGAIN: 'unavailable',
  EHOSTUNREACH: 'unavailable',
  ENETUNREACH: 'unavailable',
};

/** connection_exception and insufficient_resources ("too many clients"). */
const unavailableClasses = /^(08|53)...$/;

/** What pg says without a code when a connection is gone or did not come about. */
const unavailableMessage =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end)/;

/** Classifies a failed statement; nothing for what is no fault of the database, as a violated constraint. */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  const code = sqlState(error);
  const message = String(property(error, 'message'));
  if (code === undefined) return unavailableMessage.test(message) ? 'unavailable' : undefined;
  if (code === '0A000' && message.includes('cached plan')) return 'stale';
  return failures[code] ?? (unavailableClasses.test(code) ? 'unavailable' : undefined);
}

/** The SQLSTATE of a server's error (or Node's code of a system error), for instance `23505` for a violated unique index. */
export function sqlState(error: unknown): string | undefined {
  const code = property(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

/** How far down a chain of causes somebody may have wrapped the failure. */
const causesMax = 4;

/**
 * The refusal that a caller gets for a failure of the database, also one that something has wrapped; nothing when the error is
 * something else. For the edge, where errors become answers: everything below throws the server's own errors, or pg's.
 */
export function databaseRefusal(error: unknown): ServiceError | undefined {
  for (let cause = error, depth = 0; depth < causesMax; cause = property(cause, 'cause'), depth += 1) {
    const failure = databaseFailure(cause);
    if (failure === 'unavailable' || failure === 'slow') {
      return refuse('DEPENDENCY_UNAVAILABLE', 'the database is away', { retryAfterMs: 1_000, cause: error });
    }
    if (failure !== undefined) {
      return refuse('BUSY', 'others are changing the same at this moment', { retryAfterMs: 200, cause: error });
    }
  }
  return undefined;
}

/** By shape, not by class: the ORM wraps the server's errors and keeps their properties. */
function property(error: unknown, name: 'code' | 'message' | 'cause'): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}
