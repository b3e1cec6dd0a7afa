import { openQueue, retireQueue } from '../bench-queue.ts';
import { errorCount, milliseconds, quantiles, whole, type Figure } from '../figure.ts';
import { Generator, latenciesOf } from '../load/run-load.ts';
import type { Bench } from '../scenario.ts';
import { pairsInWords, playPairs } from './pairs.ts';

const rates = [3_000, 4_000, 5_000, 6_000, 6_500, 7_000, 7_500, 8_000, 8_500, 9_000] as const;
const failuresMax = 2;
const p95MaxMs = 100;
const target = 6_000;

/** The highest rate of pairs that is served in time: steps upwards until two of them fail. */
export async function capacity(bench: Bench): Promise<Figure[]> {
  await using generator = new Generator();
  const steps: string[] = [];
  let best = 0;
  let failures = 0;
  for (const rate of rates) {
    if (failures === failuresMax) break;
    // Each step has a queue of its own, so that none pays for the length of the line before it.
    const scheduleId = await openQueue(bench);
    const result = await playPairs(bench, generator, {
      scheduleId,
      memberPrefix: `step-${rate}-`,
      rate,
      seconds: bench.secondsOr(15),
    });
    await retireQueue(bench, scheduleId);
    const all = latenciesOf(result);
    const isGood = all.quantileMs(0.95) < p95MaxMs && errorCount(result) === 0;
    if (isGood) best = rate;
    else failures++;
    steps.push(`${whole(rate)}: p95 ${milliseconds(all.quantileMs(0.95))}, ${whole(errorCount(result))} errors`);
    bench.say(`  ${whole(rate)} pairs/s: ${quantiles(all)}; ${pairsInWords(result)}`);
  }
  return [
    {
      scenario: 'capacity',
      what: `highest open-loop rate of pairs with p95 under ${p95MaxMs} ms and no error`,
      value: `${whole(best)} pairs/s`,
      target: `at least ${whole(target)} pairs/s`,
      met: best >= target,
      detail: `steps of ${bench.secondsOr(15)} s: ${steps.join('; ')}`,
    },
  ];
}
