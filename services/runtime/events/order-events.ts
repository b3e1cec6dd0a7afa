import { statement } from '../database/statement.ts';

/**
 * Moves the oldest rows of the outbox into the log (limit), and gives them the next positions in the order of their ids;
 * returns how many. None while somebody else is at it.
 *
 * Why a reader of the log misses nothing: positions are given under the lock of `event_head`, which lasts until they are
 * committed, so they become visible in order and without a gap. Why the events of one subject are in order: they are written
 * under a lock of their subject, so the later one gets the higher id, and whoever sees it sees the earlier one too.
 *
 * Locks `event_head`, skipping it when it is locked; then the rows it moves. Its snapshot may be older than the lock: then
 * what another relay has moved meanwhile is not there any more to be deleted, and the position is the one that it has left.
 * Index: the primary key of `outbox`. Rows are fetched by their place, since a plan that was made while the outbox was empty
 * would read all of a long one for each batch. Bound: `$1` rows.
 */
export const orderEvents = statement<[limit: number], { readonly ordered: number }>(
  'order-events',
  `with head as materialized (
     select position from event_head for update skip locked
   ), taken as (
     delete from outbox
     where ctid = any (array(
       select ctid from outbox where exists (select from head) order by id limit $1
     ))
     returning id, type, subject, partner, data, occurred_at
   ), placed as (
     insert into events (position, type, subject, partner, data, occurred_at, ordered_at)
     select head.position + row_number() over (order by taken.id), taken.type, taken.subject, taken.partner, taken.data,
       taken.occurred_at, clock_timestamp()
     from taken, head
   ), counted as (
     select count(*) as ordered from taken
   ), moved as (
     update event_head set position = head.position + counted.ordered from head, counted where counted.ordered > 0
   )
   select ordered::integer as ordered from counted`,
);
