import { estimateWait, paceOf, spans, type PaceRow } from '@boxoffice/queue/estimate';

import type { Outcome } from './play.ts';
import type { Policy } from './sale.ts';

/** How good the waits were that people were told: those that the Queue tells. */
export interface EstimateQuality {
  /** The share of waits that were in the range they were told. */
  readonly covered: number;
  /** The median of how far the estimate was off, as a share of the wait. */
  readonly medianError: number;
  readonly asked: number;
}

const observedSeconds = 120;
/** Who asks, spread over those who were let in, and how long before that. */
const askers = 200;
const shareOfWait = [0.25, 0.5, 0.75];
const shortestWait = 10;

/** Asks the Queue's own estimator on behalf of people in line, with what its tables would have shown at that moment. */
export function estimateQuality({ admission, admittedAt, crowd }: Outcome, policy: Policy): EstimateQuality {
  const places = [...admittedAt.keys()].filter((place) => !Number.isNaN(admittedAt[place]));
  const errors: number[] = [];
  let covered = 0;
  for (let asker = 0; asker < askers; asker += 1) {
    const place = places[Math.floor(((asker + 0.5) / askers) * places.length)] ?? 0;
    const at = admittedAt[place] ?? Number.NaN;
    const since = Math.max(0, crowd.came[place] ?? 0);
    if (!(at - since > shortestWait)) continue;
    for (const share of shareOfWait) {
      const now = since + share * (at - since);
      const ahead = aheadOf(place, now, { admittedAt, crowd });
      const estimate = estimateWait(ahead, paceOf(paceRow(admission.log, now, policy)));
      if (estimate?.range === undefined) continue;
      const waited = at - now;
      const { minSeconds, maxSeconds } = estimate.range;
      if (waited >= minSeconds && waited <= maxSeconds) covered += 1;
      errors.push(Math.abs(estimate.seconds - waited) / waited);
    }
  }
  errors.sort((a, b) => a - b);
  return {
    covered: covered / errors.length,
    medianError: errors[errors.length >> 1] ?? Number.NaN,
    asked: errors.length,
  };
}

/** Who stands before a place: has come, has not gone, and was not let in. */
function aheadOf(place: number, now: number, { admittedAt, crowd }: Pick<Outcome, 'admittedAt' | 'crowd'>): number {
  let ahead = 0;
  for (let other = place - 1; other >= 0; other -= 1) {
    const at = admittedAt[other] ?? Number.NaN;
    // All before it were let in, too, or have gone.
    if (at <= now) break;
    if ((crowd.goes[other] ?? 0) > now) ahead += 1;
  }
  return ahead;
}

type Log = Outcome['admission']['log'];

function totalAt(log: Log, now: number): number {
  return log[firstAfter(log, now) - 1]?.total ?? 0;
}

/** As `services/queue/sql/observed-pace.ts` reads it. */
function paceRow(log: Log, now: number, policy: Policy): PaceRow {
  const seconds = Math.min(observedSeconds, Math.max(now - (log[0]?.at ?? now), 1));
  const counts = new Array<number>(spans).fill(0);
  for (let index = firstAfter(log, now - seconds); index < firstAfter(log, now); index += 1) {
    const { at, count } = log[index] ?? { at: now, count: 0 };
    const span = Math.min(spans - 1, Math.floor(((at - (now - seconds)) / seconds) * spans));
    counts[span] = (counts[span] ?? 0) + count;
  }
  return {
    state: 'OPEN',
    max_active: policy.maxActive,
    admit_count: policy.admitCount,
    admit_interval_ms: policy.admitInterval * 1_000,
    admitted_total: BigInt(totalAt(log, now)),
    seconds,
    admitted: counts.reduce((sum, count) => sum + count, 0),
    squares: counts.reduce((sum, count) => sum + count ** 2, 0),
  };
}

/** The first in the log that is later. */
function firstAfter(log: Log, now: number): number {
  let [low, high] = [0, log.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((log[middle]?.at ?? Infinity) <= now) low = middle + 1;
    else high = middle;
  }
  return low;
}
