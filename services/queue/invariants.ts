import type { Invariant } from '@boxoffice/runtime/database/invariant';
import { eventInvariants } from '@boxoffice/runtime/events/invariants';

/** The drawn orders, as far as they are written: a row for each number. */
const drawnOrder = `
        select p.schedule_id, p.first_number + o.nth - 1 as number, o.place
        from drawn_places p cross join lateral unnest(p.places) with ordinality as o (place, nth)`;

/** What must hold in the Queue at every moment. Locks and constraints keep it; these would find what they let through. */
export const invariants: readonly Invariant[] = [
  {
    id: 'I11',
    title: 'A ticket is admitted once',
    sql: `
      select q.schedule_id, q.admitted_total, t.admitted
      from queues q
      cross join lateral (
        select count(*) as admitted from tickets where schedule_id = q.schedule_id and admitted_at is not null
      ) t
      where q.admitted_total <> t.admitted`,
  },
  {
    id: 'I11-log',
    title: 'An admission was of those who waited behind the one before it, all at once, and of nobody else',
    // As far as the log is kept: the first change has nothing to be compared with. Whoever was admitted at one instant is one
    // admission, so that each change has one of its own, and what is left over is found by I11.
    sql: `
      select turn.schedule_id, turn.revision, turn.before, turn.through, turn.count, t.count as admitted, t.first
      from (
        select schedule_id, revision, through, count,
          lag(through) over (partition by schedule_id order by revision) as before
        from changes where kind = 'ADMITTED'
      ) as turn
      left join (
        select schedule_id, admitted_at, count(*) as count, min(place) as first, max(place) as through
        from tickets where admitted_at is not null
        group by schedule_id, admitted_at
      ) t on t.schedule_id = turn.schedule_id and t.through = turn.through
      where turn.before is not null
        and (turn.through <= turn.before or t.count is distinct from turn.count or t.first <= turn.before)`,
  },
  {
    id: 'I12',
    title: 'The rate holds in every rolling interval that ends since the policy was set',
    // Whoever was admitted earlier counts as well: the tick counts them too.
    sql: `
      select schedule_id, number, admitted_at, earlier
      from (
        select q.schedule_id, t.number, t.admitted_at, q.admit_interval_ms, q.policy_since,
          lag(t.admitted_at, q.admit_count) over (partition by q.schedule_id order by t.admitted_at, t.number) as earlier
        from queues q join tickets t using (schedule_id)
        where q.admit_count > 0 and t.admitted_at is not null
      ) as admissions
      where admitted_at > policy_since and admitted_at - earlier < admit_interval_ms * interval '1 millisecond'`,
  },
  {
    id: 'I13',
    title: 'Whenever somebody was admitted, there were never more than max_active',
    sql: `
      select schedule_id, at, active, max_active
      from (
        select q.schedule_id, q.max_active, q.policy_since, event.at, event.step,
          sum(event.step) over (
            partition by q.schedule_id order by event.at, event.step rows between unbounded preceding and current row
          ) as active
        from queues q
        join tickets t using (schedule_id)
        cross join lateral (values (t.admitted_at, 1), (t.ended_at, -1)) as event (at, step)
        where q.max_active > 0 and t.admitted_at is not null and event.at is not null
      ) as line
      where step = 1 and at > policy_since and active > max_active`,
  },
  {
    id: 'I14',
    title: 'Admission is in the order of places: nobody is admitted while somebody at a lower place waits',
    sql: `
      select schedule_id, number, place, admitted_at, before
      from (
        select schedule_id, t.number, t.place, t.admitted_at,
          -- Until when they waited: whoever was not admitted has left. Those who still wait are I14-served.
          max(coalesce(t.admitted_at, t.ended_at)) over (
            partition by schedule_id order by t.place rows between unbounded preceding and 1 preceding
          ) as before
        from queues q join tickets t using (schedule_id)
        where t.place <= q.served_through
      ) as line
      where admitted_at < before`,
  },
  {
    id: 'I14-served',
    title: 'Everyone up to served_through is admitted or over, nobody behind it was admitted',
    // Who waits in a drawn lobby has its place in the order alone.
    sql: `
      select t.schedule_id, t.number, t.place, t.status, q.served_through
      from tickets t join queues q using (schedule_id)
      where (t.place <= q.served_through and t.status = 'WAITING')
        or (t.place > q.served_through and t.admitted_at is not null)
      union all
      select t.schedule_id, t.number, drawn.place, t.status, q.served_through
      from (${drawnOrder}) as drawn join tickets t using (schedule_id, number) join queues q using (schedule_id)
      where drawn.place <= q.served_through and t.status = 'WAITING'`,
  },
  {
    id: 'queue-left',
    title: 'Who left while waiting is counted',
    sql: `
      select q.schedule_id, q.left_total, t.count
      from queues q
      cross join lateral (
        select count(*) as count from tickets where schedule_id = q.schedule_id and status = 'LEFT' and admitted_at is null
      ) t
      where t.count <> q.left_total`,
  },
  {
    id: 'queue-places',
    title: 'Places are numbers, but those of a lobby: they were drawn, one for each, or are not known yet',
    sql: `
      select t.schedule_id, t.number, t.place
      from tickets t join queues q using (schedule_id) left join draws d using (schedule_id)
      where case
        when t.place is null then not q.lobby and (t.number > coalesce(d.count, 0) or t.status <> 'WAITING')
        when t.number > coalesce(d.count, 0) then t.place <> t.number
        else t.place > d.count
      end
      union all
      select schedule_id, max(number), place from tickets where place is not null group by schedule_id, place having count(*) > 1`,
  },
  {
    id: 'queue-draws',
    title: 'A lobby was drawn once, and what is written of its order is what tickets were given',
    sql: `
      select q.schedule_id, q.drawn_count, d.count, d.written_through, null::bigint as number, null::bigint as place
      from queues q
      join tails using (schedule_id)
      left join draws d using (schedule_id)
      where q.drawn_count <> coalesce(d.count, -1) or (tails.lobby and (not q.lobby or d.count is not null))
      union all
      select d.schedule_id, null, d.count, d.written_through, o.last, o.places
      from draws d
      cross join lateral (
        select count(*) as numbers, coalesce(max(number), 0) as last, count(distinct place) as places,
          coalesce(min(place), 1) as lowest, coalesce(max(place), 0) as highest
        from (${drawnOrder}) as drawn where drawn.schedule_id = d.schedule_id
      ) o
      where o.numbers <> d.written_through or o.last <> o.numbers or o.places <> o.numbers
        or o.lowest < 1 or o.highest > d.count
      union all
      select drawn.schedule_id, null, null, null, drawn.number, drawn.place
      from (${drawnOrder}) as drawn join tickets t using (schedule_id, number)
      where t.place <> drawn.place`,
  },
  {
    id: 'queue-numbers',
    title: 'Ticket numbers are dense from 1',
    sql: `
      select tails.schedule_id, tails.last_number, t.count, t.last
      from tails
      cross join lateral (
        select count(*) as count, coalesce(max(number), 0) as last from tickets where schedule_id = tails.schedule_id
      ) t
      where t.count <> tails.last_number or t.last <> tails.last_number`,
  },
  {
    id: 'queue-revisions',
    title: 'Revisions are dense, as far as they are kept',
    sql: `
      select q.schedule_id, q.revision, c.count, c.first, c.last
      from queues q
      cross join lateral (
        select count(*) as count, min(revision) as first, max(revision) as last from changes where schedule_id = q.schedule_id
      ) c
      where c.count > 0 and (c.last <> q.revision or c.count <> c.last - c.first + 1)`,
  },
  ...eventInvariants('queue'),
];
