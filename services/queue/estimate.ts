import { durationMs } from '@bufbuild/protobuf/wkt';
import type { QueueStatus } from '@boxoffice/proto/queue';

import type { QueueStateName } from './queue-state.ts';

/** What is known about how fast a queue admits: see `sql/observed-pace.ts`. */
export interface PaceRow {
  readonly state: QueueStateName;
  /** At most so many inside; 0: no limit. */
  readonly max_active: number;
  /** At most so many in an interval; 0: no limit. */
  readonly admit_count: number;
  readonly admit_interval_ms: number;
  /** How many were ever admitted. */
  readonly admitted_total: bigint;
  /** For how many seconds admissions were observed, two minutes at most. */
  readonly seconds: number;
  /** How many were admitted in that time. */
  readonly admitted: number;
  /** The sum of the squares of how many were admitted in each of {@link spans} equal spans of that time. */
  readonly squares: number;
}

/** At most so many in any rolling interval. */
export interface RateLimit {
  readonly count: number;
  readonly seconds: number;
}

/** How fast a queue admits, and how well that is known. */
export interface Pace {
  /** Admissions a second. */
  readonly perSecond: number;
  /** From how many admissions that is known; 0: nobody knows how well. */
  readonly observed: number;
  /** Variance over mean of the number of admissions in equal spans of time: 1 when they come at random, 0 when evenly. */
  readonly dispersion: number;
  /** What the policy allows; undefined when it does not limit the rate. */
  readonly limit?: RateLimit | undefined;
}

/** A wait to be expected, in whole seconds. */
export interface WaitEstimate {
  readonly seconds: number;
  /** Four of five waits are in it; undefined when nobody knows how sure the estimate is. */
  readonly range: { readonly minSeconds: number; readonly maxSeconds: number } | undefined;
}

/** Into so many spans the time of observation is cut. */
export const spans = 12;

/** A dozen spans tell little of a variance: the estimate of it is drawn towards that of a random stream, as by so many more. */
const priorSpans = 4;
/** What comes this near to the policy's rate is held back by it. */
const boundShare = 0.9;
/** Ticks come after a place is free, not with it: so much later at most, of every interval. */
const tickSeconds = 0.25;
/** The normal quantile of 91 %: on either side of the range is a little less than a tenth of the waits. */
const zSide = 1.3408;

/**
 * How fast a queue admits, from what was observed and from its policy; undefined when nothing can be said: it is not open, or
 * nobody has been admitted yet, or not for minutes.
 */
export function paceOf(row: PaceRow): Pace | undefined {
  if (row.state !== 'OPEN' || row.admitted_total === 0n) return undefined;
  const { admit_count: count, admitted, seconds } = row;
  const limit = count === 0 ? undefined : { count, seconds: row.admit_interval_ms / 1_000 };
  const observed = admitted / seconds;
  if (limit !== undefined) {
    const allowed = limit.count / limit.seconds;
    // Where nothing else holds people back, who waits is admitted at this pace, however few came before.
    if (row.max_active === 0) return { perSecond: allowed, observed: Math.max(1, admitted), dispersion: 0, limit };
    // The places are not all taken yet.
    const isFilling = row.admitted_total < row.max_active;
    if (isFilling) return { perSecond: allowed, observed: Number(row.admitted_total), dispersion: 1, limit };
    if (admitted > 0) {
      return { perSecond: Math.min(observed, allowed), observed: admitted, dispersion: dispersionOf(row), limit };
    }
  }
  return admitted === 0 ? undefined : { perSecond: observed, observed: admitted, dispersion: dispersionOf(row) };
}

/** The same as a worker tells it; undefined when nothing can be said. */
export function paceOfStatus(status: QueueStatus): Pace | undefined {
  const { admissionsPerSecond: perSecond, admissionsObserved: observed, admitCount: count, admitInterval } = status;
  if (perSecond === undefined) return undefined;
  const seconds = admitInterval === undefined ? 0 : durationMs(admitInterval) / 1_000;
  const limit = count > 0 && seconds > 0 ? { count, seconds } : undefined;
  return { perSecond, observed, dispersion: status.admissionsDispersion ?? 1, limit };
}

/**
 * One at least: freed places come at random from one minute to the next, however regular the stays are; that those make the
 * far future more certain than this is not counted on.
 */
function dispersionOf({ admitted, squares }: PaceRow): number {
  const variance = Math.max(0, squares - admitted ** 2 / spans) / (spans - 1);
  const ofSpans = variance / (admitted / spans);
  return Math.max(1, (priorSpans + (spans - 1) * ofSpans) / (priorSpans + spans - 1));
}

/**
 * The wait of a ticket with so many ahead; undefined when nothing can be said.
 *
 * The wait for n admissions at a pace known from m others: if they come at random, the ratio of the two mean distances has
 * Fisher's F distribution with 2n and 2m degrees of freedom, exactly (a ratio of two gamma variables; the prediction interval
 * of a Poisson process, e.g. Meeker, Hahn and Escobar, "Statistical Intervals", 2nd ed., 7.6). A stream with another index of
 * dispersion D varies like a random one of 1/D times as many events: 2n/D and 2m/D degrees. The observation is a fixed time
 * and not a fixed number, which is worth one half of an event more (Jeffreys).
 *
 * On top of that stands what the policy makes certain: of `limit.count` in any rolling interval, the n-th comes after
 * floor((n - 1) / count) whole intervals at least. When the limit is what holds people back, it comes after
 * ceil(n / count) of them at most.
 */
export function estimateWait(ahead: number, pace: Pace | undefined): WaitEstimate | undefined {
  if (pace === undefined || !(pace.perSecond > 0)) return undefined;
  const { perSecond, observed, limit } = pace;
  const n = ahead + 1;
  const mean = n / perSecond;
  const seconds = Math.ceil(mean);
  if (observed <= 0) return { seconds, range: undefined };
  const dispersion = Math.max(pace.dispersion, Number.MIN_VALUE);
  // Who asks in the trough between two waves waits for the next: on average half of D admissions longer (the inspection
  // paradox: from a random moment, the next of a renewal process is (D + 1) / 2 mean distances away).
  const late = n + Math.max(0, dispersion - 1) / 2;
  const [low] = fisherSides((2 * n) / dispersion, (2 * observed + 1) / dispersion);
  const [, high] = fisherSides((2 * late) / dispersion, (2 * observed + 1) / dispersion);
  let [min, max] = [mean * low, (late / perSecond) * high];
  if (limit !== undefined) {
    const isBound = perSecond >= (boundShare * limit.count) / limit.seconds;
    const earliest = Math.floor(ahead / limit.count) * limit.seconds;
    min = isBound ? earliest : Math.max(min, earliest);
    if (isBound) max = Math.max(max, Math.ceil(n / limit.count) * (limit.seconds + tickSeconds));
  }
  const range = { minSeconds: Math.min(seconds, Math.floor(min)), maxSeconds: Math.max(seconds, Math.ceil(max)) };
  return { seconds, range };
}

/** Below this the approximation is none any more: the range is as wide as it gets. */
const degreesMin = 1;

/**
 * The quantiles of 9 % and 91 % of Fisher's F distribution, by Paulson's cube-root approximation (Annals of Mathematical
 * Statistics 13, 1942): good to some percent from 3 degrees on, a little too wide below.
 */
function fisherSides(degreesAhead: number, degreesObserved: number): [number, number] {
  const a = 2 / (9 * Math.max(degreesMin, degreesAhead));
  const b = 2 / (9 * Math.max(degreesMin, degreesObserved));
  const middle = (1 - a) * (1 - b);
  const spread = zSide * Math.sqrt(a * (1 - b) ** 2 + b * (1 - a) ** 2 - zSide ** 2 * a * b);
  const scale = (1 - b) ** 2 - zSide ** 2 * b;
  return [Math.max(0, (middle - spread) / scale) ** 3, ((middle + spread) / scale) ** 3];
}
