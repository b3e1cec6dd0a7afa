import { statement } from '@boxoffice/runtime/database/statement';

import type { PolicyRow } from '../policy.ts';
import type { QueueStateName } from '../queue-state.ts';

/** A queue, as it stands while its row is locked. */
export interface LockedQueue extends PolicyRow {
  readonly schedule_id: bigint;
  readonly state: QueueStateName;
  readonly opens_at: Date;
  /** Its opening time has come. */
  readonly due: boolean;
  readonly revision: bigint;
  /** The highest place admitted. */
  readonly served_through: bigint;
  /** It has a lobby whose order has not been drawn. */
  readonly lobby: boolean;
  /** How many were in the lobby when its order was drawn; null where there was no draw. */
  readonly drawn_count: bigint | null;
}

/**
 * Locks a queue (schedule) until the end of the transaction: what every change of it starts with, so that revisions are
 * dense and are committed in order. Statements after it see all that earlier holders have done.
 *
 * Locks the queue's row. Order: `turns`, `queues`, `tails`, tickets. Index: the primary key. Bound: one row.
 */
export const lockQueue = statement<[bigint], LockedQueue>(
  'lock-queue',
  `select schedule_id, state, max_active, admit_count, admit_interval_ms, active_ttl_ms, presence_ttl_ms, max_waiting,
     max_per_address, opens_at, opens_at <= clock_timestamp() as due, revision, served_through, lobby, drawn_count
   from queues
   where schedule_id = $1
   for no key update`,
);
