import type { QueueStateName } from './queue-state.ts';

/** What is known about how fast a queue admits. */
export interface PaceRow {
  readonly state: QueueStateName;
  /** At most so many in an interval; 0: no limit. */
  readonly admit_count: number;
  readonly admit_interval_ms: number;
  /** How many were admitted within the last two minutes. */
  readonly admitted: number;
  /** How long ago the first of them was; null when there is none. */
  readonly seconds: number | null;
}

/** A burst right after the opening says little about the minutes to come: it counts as spread over so long at least. */
const observedSecondsMin = 10;

/**
 * Admissions a second: as observed, but never more than the policy allows. Undefined when nothing can be said: the queue does
 * not admit, or has not admitted anybody for minutes.
 */
export function admissionsPerSecond(pace: PaceRow): number | undefined {
  if (pace.state !== 'OPEN' || pace.seconds === null || pace.admitted === 0) return undefined;
  const observed = pace.admitted / Math.max(pace.seconds, observedSecondsMin);
  if (pace.admit_count === 0) return observed;
  return Math.min(observed, (pace.admit_count * 1000) / pace.admit_interval_ms);
}

/** How many whole seconds a ticket with so many ahead has to expect to wait; undefined when nothing can be said. */
export function estimatedWaitSeconds(ahead: number, perSecond: number | undefined): number | undefined {
  return perSecond === undefined || perSecond <= 0 ? undefined : Math.ceil((ahead + 1) / perSecond);
}
