import type { Histogram } from './load/histogram.ts';
import type { LoadResult } from './load/tally.ts';

/** One measured figure. */
export interface Figure {
  /** The scenario that measured it. */
  readonly scenario: string;
  /** What it says, in words. */
  readonly what: string;
  readonly value: string;
  /** Undefined: there is none, the figure is for information. */
  readonly target?: string;
  /** Whether the target is met. */
  readonly met?: boolean;
  /** What else is to be known. */
  readonly detail?: string;
}

/** A whole number with its thousands apart. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A time in milliseconds, with as many digits as mean something. */
export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
}

/** The quantiles of latencies that everybody asks for. */
export function quantiles(histogram: Histogram): string {
  const of = (share: number): string => milliseconds(histogram.quantileMs(share));
  return `p50 ${of(0.5)}, p95 ${of(0.95)}, p99 ${of(0.99)}, max ${milliseconds(histogram.maxMs)}`;
}

/** How many answers were bad. */
export function errorCount({ errors }: LoadResult): number {
  return Object.values(errors).reduce((sum, count) => sum + count, 0);
}

/** The bad answers in words. */
export function errorsInWords(result: LoadResult): string {
  const named = Object.entries(result.errors).map(([name, count]) => `${whole(count)} × ${name}`);
  return named.length === 0 ? 'no error' : `errors: ${named.join(', ')}`;
}

/** The middle of some numbers. @throws Error when there are none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]];
  if (low === undefined || high === undefined) throw new Error('a median of nothing');
  return (low + high) / 2;
}
