import { join } from 'node:path';

import { Child } from '../child.ts';
import { Histogram } from './histogram.ts';
import type { Load, Outcome } from './generator.ts';
import type { LoadResult } from './tally.ts';

/** A load generator. */
export class Generator extends Child<Load, Outcome> {
  constructor() {
    super(join(import.meta.dirname, 'generator.ts'));
  }

  /** Plays a load to its end. @throws Error when it cannot; the signal's reason when that ends it. */
  async play(load: Load, signal: AbortSignal): Promise<LoadResult> {
    const outcome = await this.ask(load, signal);
    if ('failure' in outcome) throw new Error(`The load generator failed: ${outcome.failure}`);
    return outcome.result;
  }
}

/** The latencies of all good answers, or of those to one kind of request. */
export function latenciesOf({ latencies }: LoadResult, kind?: string): Histogram {
  const states = Object.entries(latencies).filter(([name]) => kind === undefined || name === kind);
  return states.reduce((all, [, state]) => all.add(state), new Histogram());
}

/** Good answers a second. */
export function perSecond(result: LoadResult): number {
  return latenciesOf(result).count / result.seconds;
}
