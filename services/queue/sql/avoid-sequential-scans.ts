import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Keeps the statements of this transaction from reading whole tables. A plan that was made while a table was small, when
 * reading all of it was cheapest, would be kept while it grows; rows that are named by their place (`ctid`) are fetched from
 * there then, whatever the size.
 */
export const avoidSequentialScans = statement<[], { readonly set_config: string }>(
  'avoid-sequential-scans',
  `select set_config('enable_seqscan', 'off', true)`,
);
