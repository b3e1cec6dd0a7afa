import { statement } from '@boxoffice/runtime/database/statement';

/** Counts a change of prices, and so locks the schedule for other such changes. None: unknown. Index: primary key. */
export const touchPrices = statement<[bigint]>(
  'touch-prices',
  `update schedules set price_revision = price_revision + 1 where id = $1`,
);
