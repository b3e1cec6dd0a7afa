import { statement } from '@boxoffice/runtime/database/statement';

import type { TransferKind } from '../transfer.ts';

/** An entry, with what it belongs to. */
export interface EntryRow {
  readonly id: bigint;
  readonly transfer_id: bigint;
  readonly kind: TransferKind;
  readonly amount: bigint;
  /** Null in the system's own accounts. */
  readonly balance_after: bigint | null;
  readonly created_at: Date;
  /** Null for a charge. */
  readonly payment_id: bigint | null;
  readonly reservation_id: bigint | null;
}

/**
 * Lists the entries of an account, newest first: from the id before which to begin on, so that the thousandth page costs what
 * the first does. Parameters: account, id, limit. Index: `entries_of_account`, then primary keys. Bound: the limit.
 *
 * Ordered as that index is, and no other; with `account_id = $1` the account would drop out of the order, and for one with a
 * large share of all entries the planner would walk back along the primary key, past all that belong to others. What is
 * joined is looked up one by one (`offset 0`), since the planner does not know that the limit is small.
 */
export const listEntries = statement<[account: bigint, before: bigint, limit: number], EntryRow>(
  'list-entries',
  `with page as materialized (
     select id, transfer_id, amount, balance_after, created_at from entries
     where account_id = any (array[$1]::bigint[]) and id < $2
     order by account_id desc, id desc
     limit $3
   )
   select page.*, transfer.kind, transfer.payment_id, payment.reservation_id
   from page
   cross join lateral (select kind, payment_id from transfers where id = page.transfer_id offset 0) as transfer
   left join lateral (select reservation_id from payments where id = transfer.payment_id offset 0) as payment on true
   order by page.id desc`,
);
