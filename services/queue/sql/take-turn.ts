import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Takes the turn to tick a queue (schedule), unless another worker has it: then there is no row.
 *
 * Locks the queue's row of `turns`, skipping it when it is locked. Order: before the queue's own row. Not on that row itself:
 * leaving and completing tickets lock it so often in a rush that a tick which skips it would go hungry, while one that waits
 * gets its turn. Index: the primary key. Bound: one row.
 */
export const takeTurn = statement<[bigint], { readonly schedule_id: bigint }>(
  'take-turn',
  `select schedule_id from turns where schedule_id = $1 for update skip locked`,
);
