import { statement } from '@boxoffice/runtime/database/statement';

import { systemBalance } from './roll-up-balances.ts';

/** What the payments of a schedule came to. */
export interface SalesRow {
  /** Null: nobody has paid for it. */
  readonly revenue: bigint | null;
  readonly reserved: bigint;
  readonly paid: bigint;
  readonly voided: bigint;
  readonly declined: bigint;
  readonly refunding: bigint;
  readonly refunded: bigint;
}

/**
 * Counts the payments of a schedule by state, and reads the balance of its revenue account: at one instant, so that they fit.
 * Parameters: schedule, currency. No lock. Indexes: `payments_of_schedule`, counted without reading a payment where its page
 * has been vacuumed; `accounts_revenue`, and those of `read-system-balance`. Bound: the payments of a schedule.
 */
export const readSales = statement<[scheduleId: bigint, currency: string], SalesRow>(
  'read-sales',
  `select
     (
       select ${systemBalance('accounts.id')} from accounts
       where schedule_id = $1 and currency = $2 and kind = 'REVENUE'
     ) as revenue,
     count(*) filter (where status = 'RESERVED') as reserved,
     count(*) filter (where status = 'PAID') as paid,
     count(*) filter (where status = 'VOIDED') as voided,
     count(*) filter (where status = 'DECLINED') as declined,
     count(*) filter (where status = 'REFUNDING') as refunding,
     count(*) filter (where status = 'REFUNDED') as refunded
   from payments
   where schedule_id = $1`,
);
