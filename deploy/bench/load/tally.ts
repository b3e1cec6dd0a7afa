import { Histogram, type HistogramState } from './histogram.ts';

/** What came of a load. */
export interface LoadResult {
  /** For how long was measured. */
  readonly seconds: number;
  /** Latencies of good answers, by what was asked. */
  readonly latencies: Readonly<Record<string, HistogramState>>;
  /** Bad answers by status; `lost`: the connection broke, `unanswered`: none came in time, `unstarted`: not even begun. */
  readonly errors: Readonly<Record<string, number>>;
  /** Requests that were sent more than a millisecond after their time. Open loop only. */
  readonly lateStarts: number;
  /** The share of one core that the generator needed: near 1, it is the generator that was measured. */
  readonly generatorCores: number;
}

/** Counts answers while they are measured. */
export class Tally {
  readonly latencies: Record<string, Histogram> = {};
  readonly errors: Record<string, number> = {};
  lateStarts = 0;
  readonly #beganAtMs = performance.now();
  readonly #cpuAtBegin = process.cpuUsage();
  #ended: Pick<LoadResult, 'seconds' | 'generatorCores'> | undefined;

  /** The latencies of one kind of request. */
  histogram(name: string): Histogram {
    return (this.latencies[name] ??= new Histogram());
  }

  error(name: string, count = 1): void {
    if (count > 0) this.errors[name] = (this.errors[name] ?? 0) + count;
  }

  /** Ends the time that is measured; what is counted later belongs to requests of that time. */
  end(): void {
    const seconds = (performance.now() - this.#beganAtMs) / 1_000;
    const { user, system } = process.cpuUsage(this.#cpuAtBegin);
    this.#ended ??= { seconds, generatorCores: (user + system) / 1e6 / seconds };
  }

  get result(): LoadResult {
    this.end();
    const { seconds, generatorCores } = this.#ended ?? { seconds: 0, generatorCores: 0 };
    const latencies = Object.fromEntries(Object.entries(this.latencies).map(([name, { state }]) => [name, state]));
    return { seconds, latencies, errors: this.errors, lateStarts: this.lateStarts, generatorCores };
  }
}

/** How a status is called among the errors. */
export function errorName(status: number): string {
  return status === 0 ? 'lost' : String(status);
}
