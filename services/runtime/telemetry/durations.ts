import type { Meter } from '@opentelemetry/api';

import { quickHistogram, type HistogramSeries, type QuickHistogram } from './quick-histogram.ts';

/** In seconds: from what a statement takes to the longest that a call may. */
const boundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How long something took, by a name and, if need be, by how it ended. Both come from tables of ours: each pair is a series. */
export class Durations {
  readonly #histogram: QuickHistogram;
  readonly #labels: readonly [string, string?];
  readonly #series = new Map<string, Map<string, HistogramSeries>>();

  /** @param labels of the name and of the end. */
  constructor(meter: Meter, name: string, description: string, labels: readonly [string, string?]) {
    this.#histogram = quickHistogram(meter, { name, description, boundaries });
    this.#labels = labels;
  }

  /** Records one that began at `startedMs`, by `performance.now()`, and is over. */
  record(name: string, startedMs: number, end = ''): void {
    const series = this.#series.get(name)?.get(end) ?? this.#begin(name, end);
    series.record((performance.now() - startedMs) / 1_000);
  }

  #begin(name: string, end: string): HistogramSeries {
    const [ofName, ofEnd] = this.#labels;
    const ends = this.#series.get(name) ?? new Map<string, HistogramSeries>();
    const series = this.#histogram.series({ [ofName]: name, ...(ofEnd !== undefined && { [ofEnd]: end }) });
    this.#series.set(name, ends.set(end, series));
    return series;
  }
}
