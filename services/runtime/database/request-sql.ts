import pg from 'pg';

import type { Pool } from './pool.ts';
import type { Outcome } from './request-outcome.ts';
import { checkScope, lockKeyOf, type RequestScope } from './request-scope.ts';

/** SQL literals of a scope. */
export interface Literals {
  readonly partner: string;
  readonly memberId: string;
  readonly operation: string;
  readonly requestId: string;
  readonly lock: string;
}

/** @throws ServiceError REQUEST_INVALID when it cannot be a scope. */
export function literalsOf(pool: Pool, scope: RequestScope): Literals {
  checkScope(scope);
  return {
    partner: pg.escapeLiteral(scope.partner),
    memberId: pg.escapeLiteral(scope.memberId),
    operation: pg.escapeLiteral(scope.operation),
    requestId: `'${scope.requestId}'`,
    lock: String(lockKeyOf(pool, scope)),
  };
}

/**
 * Lock first, then read, each a statement with a snapshot of its own: who gets the lock sees what its last holder has
 * committed. The lock is on the scope alone and ends with the transaction. The read is by the primary key.
 */
export function beginSql({ partner, memberId, operation, requestId, lock }: Literals): string {
  return `
    begin;
    select pg_try_advisory_xact_lock(${lock}) as locked;
    select fingerprint, response, refusal from requests
    where partner = ${partner} and member_id = ${memberId} and operation = ${operation} and request_id = ${requestId};
    savepoint work`;
}

/** A refusal undoes what the work did before it, up to the savepoint, and is then stored all the same. */
export function endSql(
  { partner, memberId, operation, requestId }: Literals,
  mine: Buffer,
  { response, refusal }: Outcome,
): string {
  return `
    ${refusal === null ? '' : 'rollback to savepoint work;'}
    insert into requests (partner, member_id, operation, request_id, fingerprint, response, refusal)
    values (${partner}, ${memberId}, ${operation}, ${requestId}, ${literal(mine)}, ${literal(response)}, ${literal(refusal)});
    commit`;
}

function literal(bytes: Uint8Array | null): string {
  return bytes === null ? 'null' : `'\\x${Buffer.from(bytes).toString('hex')}'`;
}
