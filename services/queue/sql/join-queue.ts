import { statement } from '@boxoffice/runtime/database/statement';

/** One member's place in a group of joins. Without a number: the queue is closed. */
export interface JoinedRow {
  readonly partner: string;
  readonly member_id: string;
  readonly number: bigint | null;
  readonly created: boolean | null;
  /** An earlier ticket of the member still counts as admitted, but its time is over. */
  readonly lapsed: boolean | null;
}

/**
 * Gives out tickets to a group of members (partners, member ids), or finds the live ones they have.
 *
 * Locks the queue's row of `tails`, for one round trip and its commit; never the queue itself. Index: `tickets_live`, one
 * probe a member. Bound: the group. See `join_queue` in the migration.
 */
export const joinQueue = statement<[bigint, readonly string[], readonly string[]], JoinedRow>(
  'join-queue',
  `select partner, member_id, number, created, lapsed from join_queue($1, $2, $3)`,
);
