import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Closes the end of a line (schedule): from here on nobody joins.
 *
 * Locks the queue's row of `tails`, after the queue itself, and waits for the joins that are under way. Index: the primary
 * key. Bound: one row.
 */
export const closeTail = statement<[bigint]>('close-tail', `update tails set closed = true where schedule_id = $1`);
