import type { Attributes, Histogram, Meter } from '@opentelemetry/api';

/** In seconds: from what is answered from memory to what takes as long as any call may. */
const bucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Others that Node lets in would each make a series for every route. */
const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS']);

/** How long requests took, by route, method and status. */
export class RequestDurations {
  readonly #histogram: Histogram;
  // Made once each: a series is found by three looks, where a set of attributes would be made for every answer.
  readonly #attributes = new Map<string, Map<string, Attributes[]>>();

  constructor(meter: Meter) {
    this.#histogram = meter.createHistogram('boxoffice_http_request_duration_seconds', {
      description: 'From the head of a request to the end of its answer; of a stream, to its beginning',
      advice: { explicitBucketBoundaries: bucketsSeconds },
    });
  }

  /** Records one. */
  record(route: string, method: string, status: number, durationMs: number): void {
    this.#histogram.record(durationMs / 1_000, this.#attributesOf(route, method, status));
  }

  #attributesOf(route: string, sent: string, status: number): Attributes {
    const method = knownMethods.has(sent) ? sent : 'other';
    const methods = this.#attributes.get(route) ?? new Map<string, Attributes[]>();
    const statuses = methods.get(method) ?? [];
    if (statuses.length === 0) this.#attributes.set(route, methods.set(method, statuses));
    return (statuses[status] ??= { route, method, status: String(status) });
  }
}
