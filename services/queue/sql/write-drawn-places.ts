import { statement } from '@boxoffice/runtime/database/statement';

import type { DrawRow } from './read-draw.ts';

/** A draw whose order is not wholly written. */
export interface UnwrittenDraw extends DrawRow {
  readonly schedule_id: bigint;
  /** The last number whose place is written. */
  readonly written_through: bigint;
}

/**
 * Takes a draw whose order is still to be written, and that nobody else is writing.
 *
 * Locks its row, skipping those that are locked. Index: `draws_unwritten`. Bound: one row.
 */
export const takeUnwrittenDraw = statement<[], UnwrittenDraw>(
  'take-unwritten-draw',
  `select schedule_id, seed, count as drawn_count, drawn_at, written_through from draws
   where written_through < count
   order by schedule_id
   limit 1
   for no key update skip locked`,
);

/**
 * Writes a piece of a drawn order (schedule, first number, the places from there on).
 *
 * The caller holds the lock of the draw. Index: the primary key. Bound: one row, of 10,000 places at most.
 */
export const insertDrawnPlaces = statement<[bigint, bigint, readonly number[]]>(
  'insert-drawn-places',
  `insert into drawn_places (schedule_id, first_number, places) values ($1, $2, $3::bigint[])`,
);

/**
 * Notes how far the order of a draw is written (schedule, number).
 *
 * The caller holds the lock of the draw. Index: the primary key. Bound: one row.
 */
export const noteWritten = statement<[bigint, bigint]>(
  'note-written',
  `update draws set written_through = $2 where schedule_id = $1`,
);
