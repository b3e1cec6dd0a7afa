import { statement } from '@boxoffice/runtime/database/statement';

/** For how long what the reporters of a channel tell has been complete, in milliseconds. */
export interface KnownRow {
  readonly channel: 'front' | 'direct';
  /** Null while no reporter of the channel lives. */
  readonly known_ms: number | null;
}

/**
 * Tells since when presence is known without a gap, for each channel that ever had a reporter (longest silence in ms, the
 * store that can be looked into beside the table `presence`, or null). The clock starts with the longest-living reporter, and
 * starts again whenever one falls silent (at the end of the silence that is allowed to it), whenever one comes back from a
 * silence (until then its members could not be heard), and whenever one stores its report where it cannot be looked into.
 *
 * Locks nothing. Bound: the reporters of two days, see `prune-presence`.
 */
export const readPresenceKnown = statement<[number, string | null], KnownRow>(
  'read-presence-known',
  `with reporter as (
     select channel, alive_since, gap_ended_at, reported_at + $1 * interval '1 millisecond' as silent_at,
       case when elsewhere = $2 then elsewhere_before_at else elsewhere_at end as hidden_at
     from reporters
   )
   select channel,
     (1000 * extract(epoch from clock_timestamp() - greatest(
       min(alive_since) filter (where silent_at > clock_timestamp()),
       max(gap_ended_at),
       max(silent_at) filter (where silent_at <= clock_timestamp()),
       max(hidden_at)
     )))::float8 * case when bool_or(silent_at > clock_timestamp()) then 1 end as known_ms
   from reporter
   group by channel`,
);
