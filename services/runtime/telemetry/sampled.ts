import type { Meter, ObservableResult } from '@opentelemetry/api';

/** How old what is looked up for a scrape may be: who scrapes more often, or with several Prometheus, costs no more. */
const sampleMsMax = 5_000;

/** Looks something up when it is asked for, and tells the same, a failure too, until that is five seconds old. */
export function sampled<T>(look: () => Promise<T>, ageMsMax = sampleMsMax): () => Promise<T> {
  let latest: Promise<T> | undefined;
  let lookedAtMs = 0;
  return () => {
    const nowMs = performance.now();
    if (latest === undefined || nowMs - lookedAtMs >= ageMsMax) {
      lookedAtMs = nowMs;
      latest = look();
    }
    return latest;
  };
}

/** Makes a gauge of what was looked up. */
export type SampledGauge<T> = (
  name: string,
  description: string,
  tell: (result: ObservableResult, sample: T) => void,
) => void;

/** For gauges that all tell of one look, which is made when somebody scrapes. While it fails, none of them is exposed. */
export function sampledGauges<T>(meter: Meter, look: () => Promise<T>): SampledGauge<T> {
  const sample = sampled(look);
  return (name, description, tell) =>
    meter.createObservableGauge(name, { description }).addCallback(async (result) => tell(result, await sample()));
}
