import { forgetEventsFunction } from './forget-events.ts';
import { orderEventsFunction } from './order-events.ts';

/**
 * DDL of the outbox and the log of events, with the functions that move them; part of a migration of every schema that has events.
 *
 * Data is not compressed: large data are lists of ids, of which little would be gained at a cost to those who write them.
 *
 * `outbox`: what has happened, written in the transaction that makes it true, and not in order yet. Transient.
 * `events`: the log. Positions are dense and become visible in order, whatever order transactions commit in.
 * `event_head`: the one row under whose lock positions are given, and events forgotten. Its epoch names this log among all
 * others; `begun_at` does so for machines.
 * `event_stream`: how far the events have been published to Redis; locked by whoever publishes.
 */
export const eventTables = `
  create table outbox (
    id bigint generated always as identity primary key,
    type text not null check (type ~ '^boxoffice\\.[a-z]+\\.[a-z._]+\\.v[0-9]+$'),
    subject text not null check (subject <> ''),
    -- Whom it concerns; null: everybody.
    partner text check (char_length(partner) between 1 and 64),
    data jsonb storage external not null check (jsonb_typeof(data) = 'object'),
    occurred_at timestamptz not null default clock_timestamp()
  );

  create table events (
    position bigint primary key check (position > 0),
    type text not null,
    subject text not null,
    partner text,
    data jsonb storage external not null,
    occurred_at timestamptz not null,
    -- When it got its position: from then on it is kept for a time.
    ordered_at timestamptz not null
  );

  create table event_head (
    only_one boolean primary key default true check (only_one),
    epoch uuid not null default gen_random_uuid(),
    begun_at timestamptz not null default date_trunc('milliseconds', clock_timestamp()),
    -- The last that was given.
    position bigint not null default 0 check (position >= 0),
    -- All up to here have been forgotten, so that an empty log still tells what was there from what is to come.
    forgotten_through bigint not null default 0,
    check (forgotten_through between 0 and position)
  )
  with (fillfactor = 50);
  insert into event_head default values;

  create table event_stream (
    only_one boolean primary key default true check (only_one),
    published_through bigint not null default 0 check (published_through >= 0)
  )
  with (fillfactor = 50);
  insert into event_stream default values;

  ${orderEventsFunction}
  ${forgetEventsFunction}
`;
