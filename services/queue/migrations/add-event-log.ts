import { Migration } from '@boxoffice/runtime/database/migrate';
import { eventTables } from '@boxoffice/runtime/events/tables';

/** The outbox and the log of events; joins write theirs. */
export class AddEventLog extends Migration {
  override up(): void {
    this.addSql(eventTables);
    this.addSql(joinQueue);
  }
}

/**
 * As it was, and writes one event for each partner of whose members some got a ticket. It is written under the lock of the
 * row in `tails`, other events of the queue under that of its row in `queues`: what depends on a ticket that was given out has
 * seen it committed, and so comes later.
 */
const joinQueue = `
  create or replace function join_queue(the_schedule_id bigint, partners text[], member_ids text[], addresses inet[])
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
      ),
      told as (
        insert into outbox (type, subject, partner, data)
        select 'boxoffice.queue.tickets.issued.v1', 'queues/' || the_schedule_id, f.partner, jsonb_build_object(
          'scheduleId', the_schedule_id,
          'numbers', to_jsonb(array_agg(f.number order by f.number)),
          'memberIds', to_jsonb(array_agg(f.member_id order by f.number))
        )
        from fresh f
        group by f.partner
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
