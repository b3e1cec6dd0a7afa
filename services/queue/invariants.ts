import type { Invariant } from '@boxoffice/runtime/database/invariant';

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
    // As far as the log is kept: the first change has nothing to be compared with.
    sql: `
      select turn.schedule_id, turn.revision, turn.before, turn.through, turn.count, t.admitted, t.instants
      from (
        select schedule_id, revision, through, count,
          lag(through) over (partition by schedule_id order by revision) as before
        from changes where kind = 'ADMITTED'
      ) as turn
      cross join lateral (
        select count(*) as admitted, count(distinct admitted_at) as instants
        from tickets
        where schedule_id = turn.schedule_id and number > turn.before and number <= turn.through and admitted_at is not null
      ) t
      where turn.before is not null
        and (turn.through <= turn.before or t.admitted <> turn.count or t.instants <> 1)`,
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
    title: 'Admission is in ticket order: nobody is admitted while somebody with a lower number waits',
    sql: `
      select schedule_id, number, admitted_at, before
      from (
        select schedule_id, t.number, t.admitted_at,
          -- Until when they waited: whoever was not admitted has left. Those who still wait are I14-served.
          max(coalesce(t.admitted_at, t.ended_at)) over (
            partition by schedule_id order by t.number rows between unbounded preceding and 1 preceding
          ) as before
        from queues q join tickets t using (schedule_id)
        where t.number <= q.served_through
      ) as line
      where admitted_at < before`,
  },
  {
    id: 'I14-served',
    title: 'Everyone up to served_through is admitted or over, nobody behind it was admitted',
    sql: `
      select t.schedule_id, t.number, t.status, q.served_through
      from tickets t join queues q using (schedule_id)
      where (t.number <= q.served_through and t.status = 'WAITING')
        or (t.number > q.served_through and t.admitted_at is not null)`,
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
];
