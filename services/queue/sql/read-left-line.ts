import { statement } from '@boxoffice/runtime/database/statement';

/** Somebody who left a line. */
export interface LeftPlaceRow {
  readonly place: bigint;
  readonly number: bigint;
}

/**
 * Reads who has left a line from a place on (schedule, after place, limit), in the order of their places. Who left a lobby
 * that was not drawn is not among them.
 *
 * Locks nothing. Index: `tickets_left_line` (index-only). Bound: `$3` rows.
 */
export const readLeftLine = statement<[bigint, bigint, number], LeftPlaceRow>(
  'read-left-line',
  `select place, number from tickets
   where schedule_id = $1 and place > $2 and status = 'LEFT' and admitted_at is null
   order by place
   limit $3`,
);

/**
 * Reads who has left a lobby and has no place (schedule, after number, limit), in the order of their numbers.
 *
 * Locks nothing. Index: `tickets_left_line` (index-only; by place as well, since the planner does not see that it is null for
 * all of them). Bound: `$3` rows.
 */
export const readLeftLobby = statement<[bigint, bigint, number], { readonly number: bigint }>(
  'read-left-lobby',
  `select number from tickets
   where schedule_id = $1 and place is null and number > $2 and status = 'LEFT' and admitted_at is null
   order by place, number
   limit $3`,
);
