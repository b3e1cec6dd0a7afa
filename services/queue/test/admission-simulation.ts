import { estimateWait, paceOf, spans, type PaceRow, type WaitEstimate } from '../estimate.ts';

/** A queue to play: one line that never runs empty, ticked like a real one. Times are seconds. */
export interface Play {
  readonly maxActive?: number;
  readonly admitCount?: number;
  readonly intervalSeconds?: number;
  /** How long somebody stays inside. Not with `maxActive` 0. */
  readonly stay?: (random: () => number) => number;
  readonly seed: number;
  /** When the asking begins: later than the opening if it is to have settled. */
  readonly askFrom: number;
  readonly askUntil: number;
}

/** What somebody was told, and what came of it. */
export interface Told {
  readonly ahead: number;
  readonly waited: number;
  readonly estimate: WaitEstimate;
}

const tick = 0.1;
const observedSeconds = 120;
const lineMax = 400_000;

/**
 * Plays admission by the rules of a tick (`sql/admission-room.ts`) and asks the estimator, fed with just what the tables would
 * show at that moment, on behalf of people at several places in line, every `askEvery` seconds. The same person is asked about
 * again and again, with fewer and fewer ahead.
 */
export function play(queue: Play, { places, askEvery }: { places: readonly number[]; askEvery: number }): Told[] {
  const log = admissionLog(queue, places);
  const told: Told[] = [];
  for (let now = queue.askFrom; now < queue.askUntil; now += askEvery) {
    const served = log.servedAt(now);
    const pace = paceOf(rowOf(queue, log, now));
    for (const ahead of places) {
      const estimate = estimateWait(ahead, pace);
      const admittedAt = log.admittedAt(served + ahead);
      if (estimate !== undefined && admittedAt !== undefined) told.push({ ahead, waited: admittedAt - now, estimate });
    }
  }
  return told;
}

/** The share of those whose wait was in the range they were told. */
export function coverage(told: readonly Told[]): number {
  const within = told.filter(
    ({ waited, estimate: { range } }) => range && waited >= range.minSeconds && waited <= range.maxSeconds,
  );
  return within.length / told.length;
}

/** The median of the ranges' widths, each over the estimate itself. */
export function relativeWidth(told: readonly Told[]): number {
  const widths = told.map(({ estimate: { seconds, range } }) =>
    range === undefined ? Infinity : (range.maxSeconds - range.minSeconds) / seconds,
  );
  return widths.sort((a, b) => a - b)[widths.length >> 1] ?? NaN;
}

/** Who was admitted when. */
class AdmissionLog {
  /** One a tick that admitted somebody, ascending. */
  readonly changes: { readonly at: number; readonly count: number; readonly total: number }[] = [];
  /** Of each ticket, in order. */
  readonly times: number[] = [];

  admit(at: number, count: number): void {
    for (let each = 0; each < count; each++) this.times.push(at);
    this.changes.push({ at, count, total: this.times.length });
  }

  servedAt(now: number): number {
    return this.changes[this.countUntil(now) - 1]?.total ?? 0;
  }

  /** How many changes there were up to a moment. */
  countUntil(now: number): number {
    let [low, high] = [0, this.changes.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.changes[middle]?.at ?? Infinity) <= now) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  admittedAt(index: number): number | undefined {
    return this.times[index];
  }
}

/** Plays until everybody who will be asked about has been admitted. */
function admissionLog(queue: Play, places: readonly number[]): AdmissionLog {
  const { maxActive = 0, admitCount = 0, intervalSeconds = 0, stay = () => 0 } = queue;
  const random = mulberry32(queue.seed);
  const log = new AdmissionLog();
  let ends: number[] = [];
  let last = Infinity;
  for (let turn = 0; log.times.length < last && log.times.length < lineMax; turn++) {
    // Ticks are never quite on time.
    const now = (turn + 0.3 * random()) * tick;
    ends = ends.filter((end) => end > now);
    const room = Math.min(
      maxActive > 0 ? maxActive - ends.length : Infinity,
      admitCount > 0 ? admitCount - countSince(log, now - intervalSeconds) : Infinity,
    );
    if (room > 0) {
      log.admit(now, room);
      if (maxActive > 0) for (let each = 0; each < room; each++) ends.push(now + stay(random));
    }
    if (last === Infinity && now > queue.askUntil) last = log.times.length + Math.max(...places) + 1;
  }
  return log;
}

function countSince({ changes }: AdmissionLog, since: number): number {
  let count = 0;
  for (let index = changes.length - 1; index >= 0; index--) {
    const change = changes[index];
    if (change === undefined || change.at <= since) break;
    count += change.count;
  }
  return count;
}

/** What `sql/observed-pace.ts` would tell at a moment. */
function rowOf({ maxActive = 0, admitCount = 0, intervalSeconds = 0 }: Play, log: AdmissionLog, now: number): PaceRow {
  const recent = log.changes.slice(log.countUntil(now - observedSeconds), log.countUntil(now));
  const filling = recent.filter(({ count, total }) => total - count < maxActive).at(-1);
  const since = filling?.at ?? Math.max(0, now - observedSeconds);
  const bySpan = new Array<number>(spans).fill(0);
  let admitted = 0;
  for (const { at, count } of recent) {
    if (at <= since) continue;
    const span = Math.min(spans - 1, Math.floor((spans * (at - since)) / (now - since)));
    bySpan[span] = (bySpan[span] ?? 0) + count;
    admitted += count;
  }
  return {
    state: 'OPEN',
    max_active: maxActive,
    admit_count: admitCount,
    admit_interval_ms: intervalSeconds * 1_000,
    admitted_total: BigInt(log.servedAt(now)),
    seconds: now - since,
    admitted,
    squares: bySpan.reduce((sum, count) => sum + count ** 2, 0),
  };
}

/** A small random number generator with a seed (mulberry32, in the public domain): 0 up to, not including, 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
