import { statement } from '@boxoffice/runtime/database/statement';

/** A concert, as the table has it. */
export interface ConcertRow {
  readonly id: bigint;
  readonly name: string;
  readonly description: string;
  readonly venue: string;
  readonly created_at: Date;
}

/**
 * Changes a concert (its new name, description and venue; null: as it is), and tells of it where something did change. Returns
 * the concert; no row when there is none.
 *
 * Locks the concert. Index: primary key. Bound: one row.
 */
export const updateConcert = statement<
  [id: bigint, name: string | null, description: string | null, venue: string | null],
  ConcertRow
>(
  'update-concert',
  `with before as materialized (
    select id, name, description, venue, created_at from concerts where id = $1 for update
  ), changed as (
    update concerts
    set name = coalesce($2, before.name), description = coalesce($3, before.description),
      venue = coalesce($4, before.venue)
    from before
    where concerts.id = before.id
      and (coalesce($2, before.name), coalesce($3, before.description), coalesce($4, before.venue))
        is distinct from (before.name, before.description, before.venue)
    returning concerts.id, concerts.name, concerts.description, concerts.venue, concerts.created_at
  ), event as (
    insert into outbox (type, subject, data)
    select 'boxoffice.inventory.concert.changed.v1', 'concerts/' || id,
      jsonb_build_object('concertId', id, 'name', name, 'venue', venue)
    from changed
  )
  select id, name, description, venue, created_at from changed
  union all
  select id, name, description, venue, created_at from before where not exists (select from changed)`,
);
