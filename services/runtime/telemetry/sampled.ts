import type { Attributes, BatchObservableResult, Meter, ObservableGauge } from '@opentelemetry/api';
import type { Logger } from 'pino';

/** What was found for one of the gauges. */
export interface Sample {
  /** The gauge's name. */
  readonly gauge: string;
  readonly value: number;
  readonly attributes?: Attributes;
}

interface Sampled {
  /** Names of the gauges, with what each means. */
  readonly gauges: Readonly<Record<string, string>>;
  /** Looks: one short query, or a few. What it does not give has no value then. */
  readonly look: () => Promise<readonly Sample[]>;
  readonly log: Logger;
}

/** Several scrapers at the same time, or an eager one, cost one look. */
const keptMs = 5_000;
/** A database that does not answer is no reason to give a scrape nothing at all. */
const lookTimeoutMs = 2_000;

/**
 * Measures what has to be looked up: when somebody scrapes, at most every 5 s, and one look at a time. While looking fails
 * the gauges have no value, which is said once in the log.
 */
export function measureSampled(meter: Meter, { gauges, look, log }: Sampled): void {
  const instruments = new Map(
    Object.entries(gauges).map(([name, description]) => [name, meter.createObservableGauge(name, { description })]),
  );
  const sampler = new Sampler(look, log);
  meter.addBatchObservableCallback(
    async (result) => observe(result, instruments, await sampler.samples()),
    [...instruments.values()],
  );
}

function observe(
  result: BatchObservableResult,
  instruments: ReadonlyMap<string, ObservableGauge>,
  samples: readonly Sample[],
): void {
  for (const { gauge, value, attributes } of samples) {
    const instrument = instruments.get(gauge);
    if (instrument === undefined) throw new Error(`there is no gauge of the name ${gauge}`);
    result.observe(instrument, value, attributes);
  }
}

class Sampler {
  readonly #look: Sampled['look'];
  readonly #log: Logger;
  #looking: Promise<readonly Sample[]> | undefined;
  #freshUntilMs = 0;
  #failing = false;

  constructor(look: Sampled['look'], log: Logger) {
    this.#look = look;
    this.#log = log;
  }

  /** What was found last, or is found now; nothing when that takes too long. */
  async samples(): Promise<readonly Sample[]> {
    if (this.#looking === undefined || performance.now() >= this.#freshUntilMs) {
      // While it looks nobody else has to.
      this.#freshUntilMs = Infinity;
      this.#looking = this.#try().finally(() => (this.#freshUntilMs = performance.now() + keptMs));
    }
    const { promise: late, resolve } = Promise.withResolvers<readonly Sample[]>();
    const timer = setTimeout(resolve, lookTimeoutMs, []);
    try {
      return await Promise.race([this.#looking, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #try(): Promise<readonly Sample[]> {
    try {
      const samples = await this.#look();
      this.#failing = false;
      return samples;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ err: error }, 'what is measured by looking cannot be looked up');
      this.#failing = true;
      return [];
    }
  }
}
