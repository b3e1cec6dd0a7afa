import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type CollectionResult,
  type HistogramMetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';

import type { HistogramOptions, HistogramSeries, QuickHistogram, QuickHistogramMaker } from './quick-histogram.ts';

/** The quick histograms of a program, for its reader of metrics to read beside those of the SDK. */
export class QuickHistograms implements MetricProducer, QuickHistogramMaker {
  readonly #histograms: CountedHistogram[] = [];

  /** The histogram of a name, made when it is first asked for: several parts of a program may record into one. */
  create(options: HistogramOptions): QuickHistogram {
    const known = this.#histograms.find(({ name }) => name === options.name);
    if (known !== undefined) return known;
    const histogram = new CountedHistogram(options);
    this.#histograms.push(histogram);
    return histogram;
  }

  async collect(): Promise<CollectionResult> {
    const now = millisToHrTime(Date.now());
    const metrics = this.#histograms.map((histogram) => histogram.read(now));
    const scopeMetrics = [{ scope: { name: 'boxoffice' }, metrics }];
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }
}

class CountedHistogram implements QuickHistogram {
  readonly #options: HistogramOptions;
  readonly #startTime: HrTime = millisToHrTime(Date.now());
  readonly #series = new Map<string, CountedSeries>();

  constructor(options: HistogramOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  series(attributes: Attributes): HistogramSeries {
    const key = JSON.stringify(Object.entries(attributes).sort());
    const series = this.#series.get(key) ?? new CountedSeries(attributes, this.#options.boundaries);
    this.#series.set(key, series);
    return series;
  }

  read(endTime: HrTime): HistogramMetricData {
    const { name, description, boundaries } = this.#options;
    return {
      descriptor: { name, description, unit: '', valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [...this.#series.values()].map(({ attributes, counts, count, sum }) => ({
        attributes,
        startTime: this.#startTime,
        endTime,
        value: { buckets: { boundaries: [...boundaries], counts: [...counts] }, count, sum },
      })),
    };
  }
}

class CountedSeries implements HistogramSeries {
  readonly attributes: Attributes;
  readonly counts: number[];
  count = 0;
  sum = 0;
  readonly #boundaries: readonly number[];

  constructor(attributes: Attributes, boundaries: readonly number[]) {
    this.attributes = attributes;
    this.counts = Array.from({ length: boundaries.length + 1 }, () => 0);
    this.#boundaries = boundaries;
  }

  record(value: number): void {
    let bucket = 0;
    // Most values are in the first ones.
    for (const boundary of this.#boundaries) {
      if (value <= boundary) break;
      bucket += 1;
    }
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.count += 1;
    this.sum += value;
  }
}
