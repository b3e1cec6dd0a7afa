import { statement } from '@boxoffice/runtime/database/statement';

import type { PaceRow } from '../estimate.ts';
import { observedPace, paceColumns } from './observed-pace.ts';

/** How a queue stands. */
export interface StatusRow extends PaceRow {
  readonly schedule_id: bigint;
  readonly revision: bigint;
  readonly served_through: bigint;
  readonly last_number: bigint;
  readonly opens_at: Date;
  /** It has a lobby that has not been drawn. */
  readonly lobby: boolean;
  /** How many were in the lobby when it was drawn; null where it was not. */
  readonly drawn_count: bigint | null;
}

/**
 * Tells how queues stand (schedules). A queue that does not exist gives no row.
 *
 * Locks nothing. Indexes: the primary keys, `changes_admissions`. Bound: one row a queue, and
 * what `observed-pace.ts` reads for it.
 */
export const readStatus = statement<[readonly bigint[]], StatusRow>(
  'read-status',
  `select q.schedule_id, q.revision, q.served_through, q.opens_at, q.lobby, q.drawn_count,
     ${paceColumns},
     (select tails.last_number from tails where tails.schedule_id = q.schedule_id) as last_number
   from queues q
   cross join ${observedPace}
   where q.schedule_id = any ($1::bigint[])`,
);
