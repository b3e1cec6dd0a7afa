import { Migration } from '@boxoffice/runtime/database/migrate';
import { requestsTable } from '@boxoffice/runtime/database/requests';

/**
 * The tables of the Queue. The state machines are CHECKs and unique indexes; who locks what in which order is told in the
 * README and beside each statement.
 */
export class CreateQueues extends Migration {
  override up(): void {
    this.addSql(queuesTable);
    this.addSql(lockTables);
    this.addSql(ticketsTable);
    this.addSql(changesTable);
    this.addSql(presenceTables);
    this.addSql(joinQueue);
    this.addSql(requestsTable);
  }
}

/**
 * One row a queue: state, policy, and how far it has come. Its row lock orders the changes of a queue. It is updated with
 * every change, so half of each page is left free for the new version (a heap-only update touches no index).
 */
const queuesTable = `
  create table queues (
    schedule_id bigint primary key check (schedule_id > 0),
    state text not null check (state in ('SCHEDULED', 'OPEN', 'PAUSED', 'CLOSED')),
    max_active integer not null check (max_active between 0 and 1000000),
    admit_count integer not null check (admit_count between 0 and 1000000),
    admit_interval_ms integer not null check (admit_interval_ms between 0 and 86400000),
    active_ttl_ms integer not null check (active_ttl_ms between 1 and 86400000),
    presence_ttl_ms integer not null check (presence_ttl_ms between 0 and 86400000),
    policy_since timestamptz not null default clock_timestamp(),
    opens_at timestamptz not null,
    revision bigint not null default 0 check (revision >= 0),
    served_through bigint not null default 0 check (served_through >= 0),
    admitted_total bigint not null default 0 check (admitted_total between 0 and served_through),
    created_at timestamptz not null default clock_timestamp(),
    constraint queues_rate check (admit_count = 0 or admit_interval_ms > 0)
  ) with (fillfactor = 50);
  create index queues_opening on queues (opens_at) where state = 'SCHEDULED';
  create index queues_closed on queues (schedule_id) where state = 'CLOSED';
`;

/**
 * Two rows a queue that exist to be locked. \`tails\` gives out numbers, so that a rush of joins never waits for admission,
 * nor the other way round. \`turns\` is held by whoever ticks the queue: others skip it, and do not skip the queue's own row,
 * which leaving members lock so often that whoever skipped it could go hungry.
 */
const lockTables = `
  create table tails (
    schedule_id bigint primary key references queues,
    last_number bigint not null default 0 check (last_number >= 0),
    closed boolean not null default false
  ) with (fillfactor = 50);
  create table turns (
    schedule_id bigint primary key references queues
  );
`;

/**
 * The line. Each index serves statements that no other could: plans are made while the table is empty, when a wrong index
 * looks as good as the right one, and are kept while it grows (\`test/plans.test.ts\`). No foreign key: \`join_queue\`, which alone inserts here, holds the row of \`tails\` that it would look for, and
 * the check would cost as much as the insert itself.
 */
const ticketsTable = `
  create table tickets (
    schedule_id bigint not null,
    number bigint not null check (number > 0),
    ticket_id uuid not null default gen_random_uuid(),
    partner text not null check (length(partner) between 1 and 64),
    member_id text not null check (length(member_id) between 1 and 64),
    status text not null default 'WAITING' check (status in ('WAITING', 'ADMITTED', 'COMPLETED', 'EXPIRED', 'LEFT')),
    joined_at timestamptz not null,
    admitted_at timestamptz,
    admitted_until timestamptz,
    ended_at timestamptz,
    payment_id bigint,
    primary key (schedule_id, number),
    constraint tickets_waits_unadmitted check (status <> 'WAITING' or admitted_at is null),
    constraint tickets_admitted_once check (status not in ('ADMITTED', 'COMPLETED', 'EXPIRED') or admitted_at is not null),
    constraint tickets_admitted_for_a_time check (
      (admitted_at is null) = (admitted_until is null) and admitted_until > admitted_at
    ),
    constraint tickets_over_has_an_end check ((status in ('WAITING', 'ADMITTED')) = (ended_at is null)),
    constraint tickets_completed_by_payment check ((status = 'COMPLETED') = (payment_id is not null))
  );
  create unique index tickets_live on tickets (partner, member_id, schedule_id) where ended_at is null;
  create index tickets_waiting on tickets (schedule_id, number) where status = 'WAITING';
  create index tickets_admitted on tickets (schedule_id, admitted_until) where status = 'ADMITTED';
  create index tickets_admissions on tickets (schedule_id, admitted_at) where admitted_at is not null;
  create index tickets_left_line on tickets (schedule_id, number) where status = 'LEFT' and admitted_at is null;
`;

/** The change log: one row a revision, dense, written under the lock of the queue's row by whoever makes the change. */
const changesTable = `
  create table changes (
    schedule_id bigint not null references queues,
    revision bigint not null check (revision > 0),
    changed_at timestamptz not null default clock_timestamp(),
    kind text not null check (kind in ('ADMITTED', 'LEFT', 'ENDED', 'STATE')),
    through bigint,
    count integer,
    numbers bigint[],
    state text check (state in ('SCHEDULED', 'OPEN', 'PAUSED', 'CLOSED')),
    primary key (schedule_id, revision),
    constraint changes_shape check (
      (kind = 'ADMITTED') = (through is not null)
      and (kind = 'ADMITTED') = (count is not null)
      and (kind in ('LEFT', 'ENDED')) = (numbers is not null)
      and (kind = 'STATE') = (state is not null)
    ),
    constraint changes_admits_somebody check (count > 0),
    constraint changes_names_somebody check (cardinality(numbers) between 1 and 1000)
  );
  create index changes_age on changes (changed_at);
  create index changes_admissions on changes (schedule_id, changed_at) include (count) where kind = 'ADMITTED';
`;

/**
 * Who has been seen, and who reports it. Unlogged: seen every few seconds, worth nothing after a crash, and gone together
 * then, so that presence counts as unknown. \`channel\`: \`front\` are the BFFs, in front of the house's own members;
 * \`direct\` are the programs that a partner's members reach themselves.
 */
const presenceTables = `
  create unlogged table presence (
    schedule_id bigint not null,
    number bigint not null,
    seen_at timestamptz not null,
    primary key (schedule_id, number)
  ) with (fillfactor = 70);
  create unlogged table reporters (
    reporter_id text primary key check (length(reporter_id) between 1 and 64),
    channel text not null check (channel in ('front', 'direct')),
    alive_since timestamptz not null,
    gap_ended_at timestamptz,
    reported_at timestamptz not null
  );
`;

/**
 * Gives tickets to members, or finds the live ones they have: the numbers dense, in the order given, and committed in order.
 *
 * Locks: the queue's row in \`tails\`, nothing else. It is a function, and not statements of a client, because each of its
 * statements has a snapshot of its own (the second sees what the last holder of the lock has committed) and the lock is never
 * held over a round trip. The same member twice gets one ticket. No row at all: there is no such queue. A row without a
 * number: the queue is closed.
 *
 * Members are looked up one by one in \`tickets_live\`. As a join this would be planned while the table is empty, and then
 * read all live tickets for each group.
 */
const joinQueue = `
  create function join_queue(the_schedule_id bigint, partners text[], member_ids text[])
  returns table (partner text, member_id text, number bigint, created boolean, lapsed boolean)
  language plpgsql
  as $$
  #variable_conflict use_column
  declare
    tail tails;
  begin
    select * into tail from tails where schedule_id = the_schedule_id for no key update;
    if not found then
      return;
    end if;
    return query
      with member as materialized (
        select j.partner, j.member_id, min(j.place) as place
        from unnest(partners, member_ids) with ordinality as j (partner, member_id, place)
        group by j.partner, j.member_id
      ),
      known as materialized (
        select member.*, (
          select t from tickets t
          where t.partner = member.partner and t.member_id = member.member_id and t.schedule_id = the_schedule_id
            and t.ended_at is null
        ) as ticket
        from member
      ),
      fresh as (
        insert into tickets as t (schedule_id, number, partner, member_id, joined_at)
        select the_schedule_id, tail.last_number + row_number() over (order by k.place), k.partner, k.member_id,
          clock_timestamp()
        from known k
        where (k.ticket).number is null and not tail.closed
        returning t.partner, t.member_id, t.number
      ),
      counted as (
        update tails
        set last_number = tail.last_number + joined.count
        from (select count(*) as count from fresh) joined
        where tails.schedule_id = the_schedule_id and joined.count > 0
      )
      select f.partner, f.member_id, f.number, true, null::boolean from fresh f
      union all
      select k.partner, k.member_id, (k.ticket).number, false, (k.ticket).admitted_until <= clock_timestamp()
      from known k
      where (k.ticket).number is not null or tail.closed;
  end
  $$;
`;
