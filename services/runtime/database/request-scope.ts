import { createHash } from 'node:crypto';

import { refuse } from '../error.ts';
import type { Pool } from './pool.ts';

/** What tells a request from all others. Two members with the same id do not meet, nor does one with two operations. */
export interface RequestScope {
  /** A UUID. */
  readonly requestId: string;
  readonly partner: string;
  /** The partner's member whose request it is; empty where it is nobody's, such as an operator's. */
  readonly memberId: string;
  /** Such as `HoldSeats`. */
  readonly operation: string;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Checks a scope before any of it goes into SQL.
 *
 * @throws ServiceError REQUEST_INVALID when the id is no UUID, or the member no text that PostgreSQL can keep; Error when
 * there is no partner.
 */
export function checkScope({ requestId, partner, memberId }: RequestScope): void {
  if (!uuidPattern.test(requestId)) throw refuse('REQUEST_INVALID', 'the request id is not a UUID');
  if (memberId.includes('\0')) {
    const violations = [{ field: 'member_id', description: 'must not contain U+0000' }];
    throw refuse('REQUEST_INVALID', 'the request is invalid: member_id: must not contain U+0000', { violations });
  }
  if (partner === '' || partner.includes('\0')) throw new Error('A request needs a partner');
}

/**
 * The key of the advisory lock that whoever does a request holds until its transaction ends (`pg_try_advisory_xact_lock`).
 * Locks belong to the database, which several schemas may share, so the schema is part of it.
 */
export function lockKeyOf(pool: Pool, { requestId, partner, memberId, operation }: RequestScope): bigint {
  return createHash('sha256')
    .update(JSON.stringify([pool.schema, partner, memberId, operation, requestId.toLowerCase()]))
    .digest()
    .readBigInt64BE();
}
