import type { Meter } from '@opentelemetry/api';
import {
  quickHistogram,
  type HistogramSeries,
  type QuickHistogram,
} from '@boxoffice/runtime/telemetry/quick-histogram';

/** In seconds: from what is answered from memory to what takes as long as any call may. */
const boundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Others that Node lets in would each make a series for every route. */
const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);

/** How long requests took, by route, method and status. */
export class RequestDurations {
  readonly #histogram: QuickHistogram;
  readonly #series = new Map<string, Map<string, HistogramSeries[]>>();

  constructor(meter: Meter) {
    this.#histogram = quickHistogram(meter, {
      name: 'boxoffice_http_request_duration_seconds',
      description: 'From the head of a request to the end of its answer; of a stream, to its beginning',
      boundaries,
    });
  }

  /** Records one. */
  record(route: string, method: string, status: number, durationMs: number): void {
    const series = this.#series.get(route)?.get(method)?.[status] ?? this.#begin(route, method, status);
    series.record(durationMs / 1_000);
  }

  #begin(route: string, sent: string, status: number): HistogramSeries {
    const method = knownMethods.has(sent) ? sent : 'other';
    const methods = this.#series.get(route) ?? new Map<string, HistogramSeries[]>();
    const statuses = methods.get(method) ?? [];
    this.#series.set(route, methods.set(method, statuses));
    return (statuses[status] ??= this.#histogram.series({ route, method, status: String(status) }));
  }
}
