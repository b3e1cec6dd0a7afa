import { statement } from '@boxoffice/runtime/database/statement';

import type { OpenSeat } from '../best-available.ts';

/**
 * Lists seats that can be held, from the best on: open ones, and those whose hold has run out. Parameters: schedule, the
 * last id of the part before, limit.
 *
 * Each kind by a partial index of its own (`seats_open`, `seats_held`), so that neither a sold-out house nor a full one is
 * read past the limit: of run-out holds there are no more than the sweeper has left since its last round.
 */
export const listHoldableSeats = statement<[bigint, bigint, number], OpenSeat>(
  'list-holdable-seats',
  `select id, section, row_label as row, number
  from (
    (
      select id, section, row_label, number from seats
      where schedule_id = $1 and state = 'OPEN' and id > $2
      order by id
      limit $3
    )
    union all
    (
      select id, section, row_label, number from seats
      where schedule_id = $1 and state = 'HELD' and held_until <= statement_timestamp() and id > $2
      order by id
      limit $3
    )
  ) as holdable
  order by id
  limit $3`,
);
