import { statement } from '@boxoffice/runtime/database/statement';

import type { AccountRow } from '../account.ts';

/**
 * Opens a member's account; no row when there is one. Two at once: the unique index lets one of them, the other waits for
 * its commit and gets no row. `$3` is the currency.
 */
export const openMemberAccount = statement<[partner: string, memberId: string, currency: string], AccountRow>(
  'open-member-account',
  `with account as (
     insert into accounts (kind, partner, member_id, currency, posted, held, incoming)
     values ('MEMBER', $1, $2, $3, 0, 0, 0)
     on conflict (partner, member_id) do nothing
     returning id, partner, member_id, posted, held, currency
   ), event as (
     insert into outbox (type, subject, partner, data)
     select 'boxoffice.ledger.account.opened.v1', 'accounts/' || id, partner,
       jsonb_build_object('accountId', id, 'memberId', member_id, 'currencyCode', currency)
     from account
   )
   select id, member_id, posted, held, currency from account`,
);

/** Opens the account that charges of a partner's members come from; no row when there is one. */
export const openTopUpAccount = statement<[partner: string, currency: string], { id: bigint }>(
  'open-top-up-account',
  `insert into accounts (kind, partner, currency) values ('TOP_UP', $1, $2)
   on conflict (partner, currency) where kind = 'TOP_UP' do nothing
   returning id`,
);

/** Opens the account that payments for a schedule go to; no row when there is one. */
export const openRevenueAccount = statement<[scheduleId: bigint, currency: string], { id: bigint }>(
  'open-revenue-account',
  `insert into accounts (kind, schedule_id, currency) values ('REVENUE', $1, $2)
   on conflict (schedule_id, currency) where kind = 'REVENUE' do nothing
   returning id`,
);
