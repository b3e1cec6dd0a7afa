import { openQueue, retireQueue } from '../bench-queue.ts';
import { errorCount, errorsInWords, quantiles, whole, type Figure } from '../figure.ts';
import { Generator, latenciesOf } from '../load/run-load.ts';
import type { Bench } from '../scenario.ts';

const p50MaxMs = 5;

/** Joins one at a time, on the system that does nothing else. */
export async function alone(bench: Bench): Promise<Figure[]> {
  const scheduleId = await openQueue(bench);
  await using generator = new Generator();
  const result = await generator.play(
    {
      kind: 'closed',
      target: bench.target,
      plan: { kind: 'joins', scheduleId, memberPrefix: 'alone-' },
      connections: 1,
      warmUpMs: 2_000,
      durationMs: bench.secondsOr(5) * 1_000,
    },
    bench.signal,
  );
  await retireQueue(bench, scheduleId);
  const all = latenciesOf(result);
  return [
    {
      scenario: 'alone',
      what: 'a join, one at a time on the idle system, end to end',
      value: `p50 ${all.quantileMs(0.5).toFixed(2)} ms`,
      target: `p50 under ${p50MaxMs} ms`,
      met: all.count > 0 && all.quantileMs(0.5) < p50MaxMs && errorCount(result) === 0,
      detail: `${whole(all.count)} joins: ${quantiles(all)}, ${errorsInWords(result)}`,
    },
  ];
}
