import { openQueue, retireQueue } from '../bench-queue.ts';
import { errorCount, errorsInWords, quantiles, whole, type Figure } from '../figure.ts';
import type { PairsLoop } from '../load/open-loop.ts';
import { Generator, latenciesOf } from '../load/run-load.ts';
import type { LoadResult } from '../load/tally.ts';
import type { Bench } from '../scenario.ts';

const rate = 3_000;
const p95MaxMs = 2.7;
const warmUp = { seconds: 5, rate: 1_000 } as const;

/** Members who come at a steady rate, join and poll once: an open loop, for a minute. */
export async function pairs(bench: Bench): Promise<Figure[]> {
  const scheduleId = await openQueue(bench);
  await using generator = new Generator();
  await playPairs(bench, generator, { scheduleId, memberPrefix: 'warm-', ...warmUp });
  const result = await playPairs(bench, generator, {
    scheduleId,
    memberPrefix: 'pair-',
    rate,
    seconds: bench.secondsOr(60),
  });
  await retireQueue(bench, scheduleId);
  const all = latenciesOf(result);
  const p95Ms = all.quantileMs(0.95);
  return [
    {
      scenario: 'pairs',
      what: `${whole(rate)} join-then-poll pairs/s, open loop, ${bench.secondsOr(60)} s`,
      value: quantiles(all),
      target: `p95 under ${p95MaxMs} ms, no error`,
      met: p95Ms < p95MaxMs && errorCount(result) === 0,
      detail: pairsInWords(result),
    },
  ];
}

interface PairsPlan extends Pick<PairsLoop, 'scheduleId' | 'memberPrefix' | 'rate'> {
  readonly seconds: number;
}

/** Plays pairs at a rate. The connections are enough for what 100 ms a request would need. */
export function playPairs(bench: Bench, generator: Generator, plan: PairsPlan): Promise<LoadResult> {
  const { scheduleId, memberPrefix, seconds } = plan;
  const connections = Math.max(64, Math.ceil(plan.rate / 4));
  const { target, signal } = bench;
  return generator.play(
    { kind: 'pairs', target, scheduleId, memberPrefix, rate: plan.rate, durationMs: seconds * 1_000, connections },
    signal,
  );
}

/** All that is to be known of pairs beside the figure. */
export function pairsInWords(result: LoadResult): string {
  const parts = ['join', 'poll'].map((kind) => `${kind}s: ${quantiles(latenciesOf(result, kind))}`);
  const late = `${whole(result.lateStarts)} late starts`;
  return [...parts, errorsInWords(result), late, `generator ${result.generatorCores.toFixed(2)} cores`].join('; ');
}
