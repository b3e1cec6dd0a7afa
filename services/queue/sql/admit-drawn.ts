import { statement } from '@boxoffice/runtime/database/statement';

import { given } from './given.ts';
import { admittedEvents } from './ticket-events.ts';

/**
 * Admits tickets of a lobby that was drawn (schedule, numbers ascending, their places, the time, until when): those of
 * them that wait.
 *
 * Locks those tickets; the caller holds the lock of the queue's row. Index: `tickets_waiting`. Bound: the numbers given.
 */
export const admitDrawn = statement<
  [bigint, readonly bigint[], readonly bigint[], at: string, until: string],
  { readonly place: bigint }
>(
  'admit-drawn',
  `with admitted as (
     update tickets t
     set status = 'ADMITTED', admitted_at = $4::timestamptz, admitted_until = $5::timestamptz, place = ${given('$3', 'bigint')}
     where t.schedule_id = $1 and t.number = any ($2::bigint[]) and t.status = 'WAITING'
     returning t.*
   ),
   event as (${admittedEvents('admitted')}
   )
   select place from admitted`,
);
