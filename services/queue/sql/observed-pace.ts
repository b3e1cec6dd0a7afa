/**
 * How fast a queue `q` has admitted lately, as the columns of `pace`: for how long that was observed (`seconds`, two minutes at
 * most), how many were admitted in that time (`admitted`), and the sum of the squares of how many in each of a dozen equal
 * spans of it (`squares`), which tells how evenly they came. A part of a `from` clause.
 *
 * People who are let in to fill places that have never been taken say nothing of the pace afterwards, when one goes in for one
 * who comes out. So observation begins behind the first `max_active` admissions of a queue, and behind the first after a change
 * of policy, which may have made room.
 *
 * Locks nothing. Index: `changes_admissions`, index-only. Bound: the ticks of two minutes; 1.3 ms for 1,200 of them.
 */
export const observedPace = `lateral (
  select extract(epoch from now() - since.at)::float8 as seconds, counted.admitted, counted.squares
  from (select greatest(now() - interval '2 minutes', q.policy_since) as at) begun
  cross join lateral (
    select coalesce(sum(c.count), 0) as admitted from changes c
    where c.schedule_id = q.schedule_id and c.kind = 'ADMITTED' and c.changed_at > begun.at
  ) recent
  cross join lateral (
    select coalesce(
      -- Mostly nothing has to be left out, and this is not computed.
      case when q.max_active > 0 and (q.admitted_total - recent.admitted < q.max_active or begun.at = q.policy_since) then (
        select max(change.changed_at) filter (where change.before < q.max_active or change.first and begun.at = q.policy_since)
        from (
          select c.changed_at, q.admitted_total - sum(c.count) over (order by c.changed_at desc) as before,
            c.changed_at = min(c.changed_at) over () as first
          from changes c
          where c.schedule_id = q.schedule_id and c.kind = 'ADMITTED' and c.changed_at > begun.at
        ) change
      ) end,
      begun.at
    ) as at
    offset 0 -- Computed once, not wherever it is used.
  ) since
  cross join lateral (
    select coalesce(sum(span.admitted), 0)::integer as admitted,
      coalesce(sum(span.admitted * span.admitted), 0)::float8 as squares
    from (
      select sum(c.count) as admitted from changes c
      where c.schedule_id = q.schedule_id and c.kind = 'ADMITTED' and c.changed_at > since.at
      group by date_bin(greatest((now() - since.at) / 12, interval '1 millisecond'), c.changed_at, since.at)
    ) span
  ) counted
) pace`;

/** The columns of a queue `q` and of its pace that the estimate of a wait needs: `PaceRow`. */
export const paceColumns = `q.state, q.max_active, q.admit_count, q.admit_interval_ms, q.admitted_total,
  pace.seconds, pace.admitted, pace.squares`;
