import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerAdminService } from '@boxoffice/proto/ledger';

import { currency } from '../account.ts';
import type { Deps } from '../deps.ts';
import { readSales } from '../sql/read-sales.ts';

/** Tells what the payments of a date came to. */
export const getSales =
  ({ pool }: Deps): ServiceImpl<typeof LedgerAdminService>['getSales'] =>
  async ({ scheduleId }) => {
    const { revenue, ...counts } = await readSales.one(pool, [scheduleId, currency]);
    return {
      revenue: revenue ?? 0n,
      currencyCode: currency,
      reserved: Number(counts.reserved),
      paid: Number(counts.paid),
      voided: Number(counts.voided),
      declined: Number(counts.declined),
      refunding: Number(counts.refunding),
      refunded: Number(counts.refunded),
    };
  };
