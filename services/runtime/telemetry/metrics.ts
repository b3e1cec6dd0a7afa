import type { Meter } from '@opentelemetry/api';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { AggregationTemporality, InstrumentType, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { Logger } from 'pino';

import { serveQuickHistograms } from './quick-histogram.ts';
import { QuickHistograms } from './quick-histograms.ts';

/** The metrics of a program. */
export interface Metrics extends AsyncDisposable {
  readonly meter: Meter;
  /** All of them, in the text format of Prometheus. */
  readonly expose: () => Promise<string>;
}

/** Read when somebody asks, and never by itself. */
class Scrape extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

/** Series of one instrument, as the SDK has it: further ones are taken together. */
const seriesMax = 2_000;
/** And of a gauge, all that it has ever told. */
const gaugeSeriesMax = 50_000;

/** How long what is looked up for a scrape may take; Prometheus gives up after ten seconds by default. */
const collectTimeoutMs = 5_000;

/** Opens the metrics of a program. Names are those that Prometheus shows: the SDK adds `_total` to counters alone. */
export function openMetrics({ log }: { readonly log: Logger }): Metrics {
  const quick = new QuickHistograms();
  const reader = new Scrape({
    metricProducers: [quick],
    // A gauge says how it is now: what it does not tell any more, a date that is over or a query that fails, is not exposed.
    // Cumulative, it would keep its last value for ever.
    aggregationTemporalitySelector: (type) =>
      type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    cardinalitySelector: (type) => (type === InstrumentType.OBSERVABLE_GAUGE ? gaugeSeriesMax : seriesMax),
  });
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter('boxoffice');
  serveQuickHistograms(meter, quick);
  const serializer = new PrometheusSerializer('', false, undefined, true, true);
  return {
    meter,
    async expose() {
      const { resourceMetrics, errors } = await reader.collect({ timeoutMillis: collectTimeoutMs });
      for (const error of errors) log.warn({ err: error }, 'a metric could not be collected');
      return serializer.serialize(resourceMetrics);
    },
    [Symbol.asyncDispose]: () => provider.shutdown(),
  };
}
