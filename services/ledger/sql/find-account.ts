import { statement } from '@boxoffice/runtime/database/statement';

import type { AccountRow } from '../account.ts';

/** A member's account as committed. By the unique index of (partner, member_id); no lock. */
export const findMemberAccount = statement<[partner: string, memberId: string], AccountRow>(
  'find-member-account',
  `select id, member_id, posted, held, currency from accounts where partner = $1 and member_id = $2`,
);

/** The account that charges of a partner's members come from. By `accounts_top_up`; no lock. */
export const findTopUpAccount = statement<[partner: string, currency: string], { id: bigint }>(
  'find-top-up-account',
  `select id from accounts where partner = $1 and currency = $2 and kind = 'TOP_UP'`,
);

/** The account that payments for a schedule go to. By `accounts_revenue`; no lock. */
export const findRevenueAccount = statement<[scheduleId: bigint, currency: string], { id: bigint }>(
  'find-revenue-account',
  `select id from accounts where schedule_id = $1 and currency = $2 and kind = 'REVENUE'`,
);
