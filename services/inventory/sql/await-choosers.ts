import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Waits until nobody else chooses among the best seats of a schedule: all would choose the same, and one of them get it.
 * The lock lasts as long as the transaction, which has two more round trips. Lock order: before all others; nobody who has
 * another lock waits for it. A statement of its own, so that the next one sees what the one before has held.
 */
export const awaitChoosers = statement<[bigint]>(
  'await-choosers',
  `select pg_advisory_xact_lock(hashtextextended('best seats of ' || current_schema || ' ' || $1::bigint, 0))`,
);
