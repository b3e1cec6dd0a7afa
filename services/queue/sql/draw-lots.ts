import { statement } from '@boxoffice/runtime/database/statement';

import { given } from './given.ts';

/**
 * Closes the lobby at the end of a line (schedule): whoever joins from here on has the place of its number. No row when it is
 * closed already.
 *
 * Locks the queue's row of `tails`, after the queue itself, and waits for the joins that are under way: the last number is
 * that of the last of them. Index: the primary key. Bound: one row.
 */
export const closeLobby = statement<[bigint], { readonly last_number: bigint }>(
  'close-lobby',
  `update tails set lobby = false where schedule_id = $1 and lobby returning last_number`,
);

/**
 * Notes how a lobby was drawn (schedule, seed, count).
 *
 * The caller holds the lock of the queue's row. Index: the primary key, which lets a lobby be drawn once. Bound: one row.
 */
export const insertDraw = statement<[bigint, Uint8Array, bigint]>(
  'insert-draw',
  `insert into draws (schedule_id, seed, count) values ($1, $2, $3)`,
);

/**
 * Gives those who left the lobby the places that were drawn for them (schedule, numbers ascending, places).
 *
 * Locks those tickets; the caller holds the lock of the queue's row. Index: the primary key. Bound: the numbers given.
 */
export const placeLeavers = statement<[bigint, readonly bigint[], readonly bigint[]]>(
  'place-leavers',
  `update tickets t
   set place = ${given('$3', 'bigint')}
   where t.schedule_id = $1 and t.number = any ($2::bigint[])`,
);
