import { statement } from '@boxoffice/runtime/database/statement';

/**
 * How many tickets of a queue may be admitted now (`$1` schedule, `$2` limit), as the common table expression `room`: the least
 * of the limit, of `max_active` less those who are admitted, and of `admit_count` less those who were admitted within the
 * interval that ends now. Both are counted from the tickets. A limit of 0 does not limit.
 *
 * The clock is read once, after the lock was taken, and is both the end of the interval and the time of admission: so no two
 * admissions of different ticks can be closer than the count allows, whoever ticked.
 *
 * The caller holds the lock of the queue's row, and has marked the expired ones in a statement before this one, so that the
 * count is of those who are admitted at this instant. Indexes: `tickets_admitted` and `tickets_admissions` (index-only).
 * Bound: `max_active` and `admit_count` entries counted.
 */
export const room = `clock as materialized (
     select clock_timestamp() as at
   ),
   room as materialized (
     select clock.at, clock.at + q.active_ttl_ms * interval '1 millisecond' as until,
       least(
         $2::bigint,
         case when q.max_active > 0 then greatest(0, q.max_active - (
           select count(*) from tickets where schedule_id = $1 and status = 'ADMITTED'
         )) end,
         case when q.admit_count > 0 then greatest(0, q.admit_count - (
           select count(*) from tickets
           where schedule_id = $1 and admitted_at > clock.at - q.admit_interval_ms * interval '1 millisecond'
         )) end
       ) as places
     from queues q cross join clock
     where q.schedule_id = $1
   )`;

/** How many may be admitted at a moment. */
export interface RoomRow {
  /** The moment, and until when those who are admitted then may stay: as text, since a `Date` has no microseconds. */
  readonly at: string;
  readonly until: string;
  readonly places: number;
}

/**
 * Reads how many tickets of a queue may be admitted now (schedule, limit), for an admission in the order of a draw. See
 * {@link room}.
 */
export const readRoom = statement<[bigint, number], RoomRow>(
  'read-room',
  `with ${room}
   select at::text as at, until::text as until, places::integer as places from room`,
);
