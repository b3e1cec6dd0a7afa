import { statement } from '../database/statement.ts';

/**
 * Forgets the oldest events that have been in the log for longer than a time (seconds, limit, whether they are published to
 * Redis); returns how many. One that is still to be published is kept for twice that time. None while somebody else is
 * at it.
 *
 * Only ever a beginning of the log, so that what was forgotten is one number. Locks `event_head`, skipping it when it is
 * locked; then the rows it deletes. Index: the primary key of `events`. Bound: `$2` rows.
 */
export const forgetEvents = statement<
  [keptSeconds: number, limit: number, published: boolean],
  { readonly forgotten: number }
>(
  'forget-events',
  `with head as materialized (
     select forgotten_through from event_head for update skip locked
   ), oldest as materialized (
     select events.position, events.ordered_at, events.place from head, lateral (
       select position, ordered_at, ctid as place from events where position > head.forgotten_through order by position limit $2
     ) as events
   ), old as (
     select position, bool_and(
       ordered_at < clock_timestamp() - make_interval(secs => case
         when $3 and position > (select published_through from event_stream) then 2 * $1::float8
         else $1::float8
       end)
     ) over (order by position) as old
     from oldest
   ), through as materialized (
     select max(position) as position from old where old.old
   ), deleted as (
     delete from events
     where ctid = any (array(select place from oldest where position <= (select position from through)))
     returning position
   ), moved as (
     update event_head set forgotten_through = through.position from through where through.position is not null
   )
   select count(*)::integer as forgotten from deleted`,
);
