import { Migration } from '@boxoffice/runtime/database/migrate';

/**
 * Lobbies whose order is drawn by lot, and limits on joining: the length of a queue, and the tickets of one address.
 */
export class AddDrawAndLimits extends Migration {
  override up(): void {
    this.addSql(queueColumns);
    this.addSql(ticketColumns);
    this.addSql(drawTables);
    this.addSql(drawnChange);
    this.addSql(joinQueue);
  }
}

/**
 * `lobby`: whoever joins now has no place before the draw; it stands twice, since joins lock the row in `tails` and admission
 * the one in `queues`. `drawn_count`: so many were in the lobby when its order was drawn; null where there was no draw. A queue
 * that was to open later before there were lobbies has none: its places are its numbers. `left_total` counts those who left while they waited, so that who waits is a subtraction:
 * `last_number - admitted_total - left_total`.
 */
const queueColumns = `
  alter table queues
    add column max_waiting integer not null default 0 check (max_waiting between 0 and 100000000),
    add column max_per_address integer not null default 0 check (max_per_address between 0 and 1000000),
    add column left_total bigint not null default 0 check (left_total >= 0),
    add column lobby boolean not null default false,
    add column drawn_count bigint check (drawn_count >= 0),
    add constraint queues_lobby check (not lobby or (state <> 'OPEN' and served_through = 0 and drawn_count is null));
  alter table tails add column lobby boolean not null default false;
  update queues q set left_total = (
    select count(*) from tickets t where t.schedule_id = q.schedule_id and t.status = 'LEFT' and t.admitted_at is null
  );
`;

/**
 * `place` is what admission goes by. Without a lobby it is the number. In the lobby there is none; after the draw it is
 * written when it begins to matter: when the ticket is admitted or leaves (until then it is computed).
 * `address` is kept only where the policy limits the tickets of an address, and no longer than the ticket lives.
 */
const ticketColumns = `
  alter table tickets add column place bigint check (place > 0), add column address inet;
  update tickets set place = number;
  alter table tickets
    add constraint tickets_placed check (place is not null or (admitted_at is null and status in ('WAITING', 'LEFT'))),
    add constraint tickets_forget_address check (address is null or ended_at is null);
  drop index tickets_left_line;
  create index tickets_left_line on tickets (schedule_id, place, number) where status = 'LEFT' and admitted_at is null;
  create index tickets_of_address on tickets (schedule_id, address) where ended_at is null and address is not null;
`;

/**
 * The seed of a draw, and the order that it gave, in pieces: the places of the numbers from the first on. They are written
 * after the opening, `written_through` so far.
 */
const drawTables = `
  create table draws (
    schedule_id bigint primary key references queues,
    seed bytea not null check (length(seed) = 32),
    count bigint not null check (count >= 0),
    drawn_at timestamptz not null default clock_timestamp(),
    written_through bigint not null default 0 check (written_through between 0 and count)
  );
  create index draws_unwritten on draws (schedule_id) where written_through < count;
  create table drawn_places (
    schedule_id bigint not null references draws,
    first_number bigint not null check (first_number > 0),
    places bigint[] not null check (cardinality(places) between 1 and 10000),
    primary key (schedule_id, first_number)
  );
`;

const drawnChange = `
  alter table changes drop constraint changes_kind_check;
  alter table changes add constraint changes_kind_check check (kind in ('ADMITTED', 'LEFT', 'ENDED', 'STATE', 'DRAWN'));
`;

/**
 * Gives tickets to members, or finds the live ones they have: the numbers dense, in the order given, and committed in order.
 *
 * Locks: the queue's row in `tails`, nothing else. It is a function, and not statements of a client, because each of its
 * statements has a snapshot of its own (the second sees what the last holder of the lock has committed) and the lock is never
 * held over a round trip. The same member twice gets one ticket. No row at all: there is no such queue. A row without a
 * number has a refusal: QUEUE_CLOSED, ADDRESS_LIMIT, QUEUE_FULL.
 *
 * Who waits can only be fewer than is counted here, since nobody else gives out numbers while the lock is held: the limit
 * is never exceeded.
 *
 * Members are looked up one by one in `tickets_live`, addresses in `tickets_of_address`. As joins these would be planned
 * while the table is empty, and then read all live tickets for each group.
 *
 * Planned once a connection: to plan it for each call took three times as long as to run it for one member.
 */
const joinQueue = `
  drop function join_queue(bigint, text[], text[]);
  create function join_queue(the_schedule_id bigint, partners text[], member_ids text[], addresses inet[])
  returns table (
    partner text, member_id text, number bigint, ticket_id uuid, joined_at timestamptz, status text,
    created boolean, lapsed boolean, refusal text
  )
  language plpgsql
  set plan_cache_mode = force_generic_plan
  as $$
  #variable_conflict use_column
  declare
    tail tails;
    queue queues;
    room bigint;
  begin
    select * into tail from tails where schedule_id = the_schedule_id for no key update;
    if not found then
      return;
    end if;
    select * into queue from queues where schedule_id = the_schedule_id;
    room := case when queue.max_waiting > 0
      then queue.max_waiting - (tail.last_number - queue.admitted_total - queue.left_total)
    end;
    return query
      with member as materialized (
        select j.partner, j.member_id, min(j.turn) as turn, (array_agg(j.address order by j.turn))[1] as address
        from unnest(partners, member_ids, addresses) with ordinality as j (partner, member_id, address, turn)
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
      newcomer as materialized (
        select k.*,
          case
            when tail.closed then 'QUEUE_CLOSED'
            when queue.max_per_address > 0 and k.address is not null
              and row_number() over (partition by k.address order by k.turn) + (
                select count(*) from (
                  select from tickets t
                  where t.schedule_id = the_schedule_id and t.address = k.address and t.ended_at is null
                  limit queue.max_per_address
                ) as live
              ) > queue.max_per_address then 'ADDRESS_LIMIT'
          end as refusal
        from known k
        where (k.ticket).number is null
      ),
      welcome as materialized (
        select n.*, row_number() over (order by n.turn) as nth from newcomer n where n.refusal is null
      ),
      fresh as (
        insert into tickets as t (schedule_id, number, place, partner, member_id, address, joined_at)
        select the_schedule_id, tail.last_number + w.nth, case when not tail.lobby then tail.last_number + w.nth end,
          w.partner, w.member_id, case when queue.max_per_address > 0 then w.address end, clock_timestamp()
        from welcome w
        where room is null or w.nth <= room
        returning t.partner, t.member_id, t.number, t.ticket_id, t.joined_at, t.status
      ),
      counted as (
        update tails
        set last_number = tail.last_number + joined.count
        from (select count(*) as count from fresh) joined
        where tails.schedule_id = the_schedule_id and joined.count > 0
      )
      select f.partner, f.member_id, f.number, f.ticket_id, f.joined_at, f.status, true, false, null::text from fresh f
      union all
      select k.partner, k.member_id, (k.ticket).number, (k.ticket).ticket_id, (k.ticket).joined_at, (k.ticket).status, false,
        coalesce((k.ticket).admitted_until <= clock_timestamp(), false), null::text
      from known k
      where (k.ticket).number is not null
      union all
      select n.partner, n.member_id, null::bigint, null::uuid, null::timestamptz, null::text, false, false, n.refusal
      from newcomer n
      where n.refusal is not null
      union all
      select w.partner, w.member_id, null::bigint, null::uuid, null::timestamptz, null::text, false, false, 'QUEUE_FULL'
      from welcome w
      where w.nth > room;
  end
  $$;
`;
