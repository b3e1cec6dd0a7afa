import { statement } from '@boxoffice/runtime/database/statement';

import type { TicketStatusName } from '../ticket.ts';

/** Why a member is given no ticket. */
export type JoinRefusal = 'QUEUE_CLOSED' | 'QUEUE_FULL' | 'ADDRESS_LIMIT';

/** What a member who joins is given, or why nothing. */
export type JoinedRow = { readonly partner: string; readonly member_id: string } & (
  | { readonly number: null; readonly refusal: JoinRefusal }
  | {
      readonly number: bigint;
      readonly ticket_id: string;
      readonly joined_at: Date;
      readonly status: TicketStatusName;
      readonly created: boolean;
      /** An earlier ticket of the member still counts as admitted, but its time is over. */
      readonly lapsed: boolean;
      readonly refusal: null;
    }
);

/**
 * Gives out tickets to a group of members (partners, member ids, addresses), or finds the live ones they have.
 *
 * Locks the queue's row of `tails`, for one round trip and its commit; never the queue itself. Indexes: `tickets_live`, one
 * probe a member; `tickets_of_address` where the policy limits the tickets of an address. Bound: the group. See `join_queue`
 * in the migrations.
 */
export const joinQueue = statement<
  [bigint, readonly string[], readonly string[], addresses: readonly (string | null)[]],
  JoinedRow
>(
  'join-queue',
  `select partner, member_id, number, ticket_id, joined_at, status, created, lapsed, refusal
   from join_queue($1, $2, $3, $4::inet[])`,
);
