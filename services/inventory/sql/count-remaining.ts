import { statement } from '@boxoffice/runtime/database/statement';

/**
 * Counts the seats of schedules that can be held: open ones, and those whose hold has run out. Parameter: schedules.
 * Index: `seats_open` and `seats_held`, whose entries are counted without reading a seat where its page has been vacuumed:
 * a schedule costs as many entries as it has such seats, however many schedules there are. Bound: 100 schedules.
 */
export const countRemaining = statement<[readonly bigint[]], { schedule_id: bigint; remaining: bigint }>(
  'count-remaining',
  `select asked.id as schedule_id,
    (select count(*) from seats where schedule_id = asked.id and state = 'OPEN')
    + (
      select count(*) from seats
      where schedule_id = asked.id and state = 'HELD' and held_until <= statement_timestamp()
    ) as remaining
  from unnest($1::bigint[]) as asked (id)`,
);
