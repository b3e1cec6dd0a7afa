import { statement } from '../database/statement.ts';

/**
 * Forgets the oldest events that have been in the log for longer than `kept_seconds`, `batch_max` at most; returns how many.
 * None while somebody else is at it. Where events are published to Redis, those that are not yet are kept for twice that
 * time.
 *
 * Only ever a beginning of the log, so that what was forgotten is one number. Locks `event_head`, skipping it when it is
 * locked; then the rows it deletes. Index: the primary key of `events`. Bound: `batch_max` rows. A function for the reasons
 * of `order_events`.
 */
export const forgetEventsFunction = `
  create function forget_events(kept_seconds float8, batch_max integer, is_published boolean) returns integer
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
  declare
    head event_head;
    published_to bigint;
    old_through bigint;
  begin
    select * into head from event_head for update skip locked;
    if not found then
      return 0;
    end if;
    select published_through into published_to from event_stream;
    select max(position) filter (where old) into old_through
    from (
      select position, bool_and(
        ordered_at < clock_timestamp() - make_interval(secs => case
          when is_published and position > published_to then 2 * kept_seconds
          else kept_seconds
        end)
      ) over (order by position) as old
      from (
        select position, ordered_at from events where position > head.forgotten_through order by position limit batch_max
      ) as oldest
    ) as judged;
    if old_through is null then
      return 0;
    end if;
    delete from events where position > head.forgotten_through and position <= old_through;
    update event_head set forgotten_through = old_through;
    return old_through - head.forgotten_through;
  end $$;
`;

/** Calls `forget_events`; see {@link forgetEventsFunction}. */
export const forgetEvents = statement<
  [keptSeconds: number, limit: number, published: boolean],
  { readonly forgotten: number }
>('forget-events', `select forget_events($1, $2, $3) as forgotten`);
