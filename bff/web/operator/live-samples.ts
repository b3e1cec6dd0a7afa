import type { Live } from '../answers.ts';

/** A date at one moment, as the charts show it. Rates are null where the moment before is not known. */
export interface Sample {
  readonly atMs: number;
  readonly waiting: number;
  readonly admitted: number;
  readonly admissionsPerSecond: number | null;
  readonly sold: number;
  readonly paid: number;
  readonly errorsPerSecond: number | null;
}

/** The figures of a sample that are drawn, in the order of the charts. */
export const series = ['waiting', 'admitted', 'admissionsPerSecond', 'sold', 'paid', 'errorsPerSecond'] as const;

export type Series = (typeof series)[number];

/** Ten minutes, one a second. */
export const samplesMax = 600;
/** Between two samples that belong together: behind a longer gap a rate would say little. */
const gapMsMax = 10_000;

/** Adds what was read to the samples, oldest first; `before` is what was read the last time. */
export function withSample(samples: readonly Sample[], live: Live, before: Live | undefined): readonly Sample[] {
  const atMs = Date.parse(live.at);
  const last = samples.at(-1);
  // Answers of two processes can overtake each other.
  if (last !== undefined && atMs <= last.atMs) return samples;
  const seconds = before === undefined ? 0 : (atMs - Date.parse(before.at)) / 1_000;
  const rate = (now: number, then: number | undefined): number | null =>
    then === undefined || seconds <= 0 || seconds * 1_000 > gapMsMax ? null : Math.max(0, now - then) / seconds;
  // What another process has counted is no measure for this one.
  const errorsBefore = before?.process === live.process ? before.errors : undefined;
  const { paid, refunding, refunded } = live.payments;
  const sample: Sample = {
    atMs,
    waiting: live.queue.waiting,
    admitted: live.queue.admitted,
    admissionsPerSecond: rate(live.queue.admittedTotal, before?.queue.admittedTotal),
    sold: live.seats.sold,
    paid: paid + refunding + refunded,
    errorsPerSecond: rate(live.errors, errorsBefore),
  };
  return [...samples, sample].slice(-samplesMax);
}
