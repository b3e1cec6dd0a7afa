import { statement } from '@boxoffice/runtime/database/statement';

import { queueEvent } from './queue-events.ts';

const returning = 'returning schedule_id, revision';

type ScheduleId = bigint;

/**
 * The five kinds of change. Each takes the queue's next revision and writes the change under it; the caller holds the lock
 * of the queue's row, in the transaction that makes what the change tells.
 *
 * Locks nothing more. Index: the primary key. Bound: one row each.
 */
export const recordAdmitted = statement<[ScheduleId, through: bigint, count: number]>(
  'record-admitted',
  `with queue as (
     update queues
     set revision = revision + 1, served_through = $2, admitted_total = admitted_total + $3
     where schedule_id = $1
     ${returning}
   )
   insert into changes (schedule_id, revision, kind, through, count)
   select schedule_id, revision, 'ADMITTED', $2, $3 from queue`,
);

/**
 * Tickets left the line (kind `LEFT`, by their places, by their numbers from a lobby), or are over after their admission (kind
 * `ENDED`, by their numbers).
 */
export const recordNumbers = statement<[ScheduleId, kind: 'LEFT' | 'ENDED', numbers: readonly bigint[]]>(
  'record-numbers',
  `with queue as (
     update queues
     set revision = revision + 1,
       left_total = left_total + case when $2::text = 'LEFT' then cardinality($3::bigint[]) else 0 end
     where schedule_id = $1
     ${returning}
   )
   insert into changes (schedule_id, revision, kind, numbers)
   select schedule_id, revision, $2::text, $3::bigint[] from queue`,
);

/**
 * The order of the lobby was drawn, of so many tickets: from here on the log speaks of places. How it was drawn stands in
 * `draws`.
 */
export const recordDrawn = statement<[ScheduleId, count: bigint]>(
  'record-drawn',
  `with queue as (
     update queues
     set revision = revision + 1, lobby = false, drawn_count = $2
     where schedule_id = $1
     ${returning}, drawn_count
   ),
   event as (${queueEvent('drawn', 'queue join draws using (schedule_id)')}
   )
   insert into changes (schedule_id, revision, kind)
   select schedule_id, revision, 'DRAWN' from queue`,
);

/** The queue takes a state, or keeps the one it has because its policy was changed. */
export const recordState = statement<[ScheduleId, state: string]>(
  'record-state',
  `with queue as (
     update queues set revision = revision + 1, state = $2 where schedule_id = $1
     ${returning}, state, old.state as before
   ),
   event as (${queueEvent('state_changed', 'queue where state <> before')}
   )
   insert into changes (schedule_id, revision, kind, state)
   select schedule_id, revision, 'STATE', $2 from queue`,
);
