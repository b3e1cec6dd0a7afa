import { statement } from '@boxoffice/runtime/database/statement';

import type { AccountRow } from '../account.ts';

/** A member's account that nobody else changes until the transaction ends. */
export interface LockedAccount extends AccountRow {
  readonly partner: string;
  readonly incoming: bigint;
}

/**
 * Locks the accounts of members (partners, member ids: each pair once); no row for who has none.
 *
 * Lock order: accounts in ascending order of ids, before everything else. Found by the unique index of (partner, member_id),
 * once a member (`offset 0` keeps the planner from turning that round while the table is small), locked by the primary key.
 * Bound: the members given.
 */
export const lockAccounts = statement<[partners: readonly string[], memberIds: readonly string[]], LockedAccount>(
  'lock-accounts',
  `select id, partner, member_id, posted, held, incoming, currency
   from accounts
   where id = any (array(
     select found.id
     from unnest($1::text[], $2::text[]) as wanted (partner, member_id), lateral (
       select id from accounts where partner = wanted.partner and member_id = wanted.member_id
       offset 0
     ) as found
   ))
   order by id
   for no key update`,
);
