import { statement } from '@boxoffice/runtime/database/statement';

/** How a lobby was drawn. */
export interface DrawRow {
  readonly seed: Uint8Array;
  /** How many were in it. */
  readonly drawn_count: bigint;
  readonly drawn_at: Date;
}

/**
 * Reads how the lobby of a queue was drawn (schedule). No row when it was not.
 *
 * Locks nothing. Index: the primary key. Bound: one row.
 */
export const readDraw = statement<[bigint], DrawRow>(
  'read-draw',
  `select seed, count as drawn_count, drawn_at from draws where schedule_id = $1`,
);
