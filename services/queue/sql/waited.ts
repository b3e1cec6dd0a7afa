/**
 * SQL of how long a ticket that was admitted had waited, in seconds, for a statement whose first parameter is the schedule:
 * since it was given out, or since the opening of the queue, before which nobody can be admitted.
 */
export const waitedSeconds = `extract(epoch from admitted_at - greatest(
     joined_at, (select q.opens_at from queues q where q.schedule_id = $1)
   ))::float8`;
