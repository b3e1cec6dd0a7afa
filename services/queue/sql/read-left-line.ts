import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Reads who has left a line from a number on (schedule, after number, limit), ascending.
 *
 * Locks nothing. Index: `tickets_left_line` (index-only). Bound: `$3` rows.
 */
export const readLeftLine = statement<[bigint, bigint, number], { readonly number: bigint }>(
  'read-left-line',
  `select number from tickets
   where schedule_id = $1 and number > $2 and status = 'LEFT' and admitted_at is null
   order by number
   limit $3`,
);
