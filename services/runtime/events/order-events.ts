import { statement } from '../database/statement.ts';

/**
 * Moves the oldest rows of the outbox into the log (`batch_max` at most), and gives them the next positions in the order of
 * their ids; returns how many. None while somebody else is at it.
 *
 * Why a reader of the log misses nothing: positions are given under the lock of `event_head`, which lasts until they are
 * committed, so they become visible in order and without a gap. Why the events of one subject are in order: they are written
 * under a lock of their subject, so the later one gets the higher id, and whoever sees it sees the earlier one too.
 *
 * Locks `event_head`, skipping it when it is locked; then the rows it moves. Index: the primary key of `outbox`. Bound:
 * `batch_max` rows.
 *
 * It is a function, since each of its statements has a snapshot of its own (the second sees all that the last holder of the
 * lock has moved), without a round trip under the lock; and for its settings: planned by itself while the outbox is empty,
 * as it mostly is, the statement would read all of a long one for each batch (170 ms for a thousand of 200,000, where it
 * takes 5).
 */
export const orderEventsFunction = `
  create function order_events(batch_max integer) returns integer
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
  declare
    head bigint;
    ordered integer;
  begin
    select position into head from event_head for update skip locked;
    if not found then
      return 0;
    end if;
    with taken as (
      delete from outbox
      where ctid = any (array(select ctid from outbox order by id limit batch_max))
      returning id, type, subject, partner, data, occurred_at
    )
    insert into events (position, type, subject, partner, data, occurred_at, ordered_at)
    select head + row_number() over (order by id), type, subject, partner, data, occurred_at, clock_timestamp()
    from taken;
    get diagnostics ordered = row_count;
    if ordered > 0 then
      update event_head set position = head + ordered;
    end if;
    return ordered;
  end $$;
`;

/** Calls `order_events`; see {@link orderEventsFunction}. */
export const orderEvents = statement<[limit: number], { readonly ordered: number }>(
  'order-events',
  `select order_events($1) as ordered`,
);
