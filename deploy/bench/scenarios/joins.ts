import { sampleAnswer, startBare } from '../bare/bare.ts';
import { openQueue, retireQueue } from '../bench-queue.ts';
import { durabilityOf } from '../durability.ts';
import { errorCount, errorsInWords, quantiles, whole, type Figure } from '../figure.ts';
import type { Target } from '../load/connection.ts';
import { Generator, latenciesOf, perSecond } from '../load/run-load.ts';
import type { LoadResult } from '../load/tally.ts';
import type { Bench } from '../scenario.ts';

const connectionCounts = [64, 128, 256, 512] as const;
const targetMin = 8_000;
const bareShareMin = 0.25;

interface Run {
  readonly connections: number;
  readonly own: LoadResult;
  readonly bare: LoadResult;
}

/** Joins of unique members, as many as there can be, against a bare server that reads and answers the same bytes. */
export async function joins(bench: Bench): Promise<Figure[]> {
  const durability = await durabilityOf(bench.pool);
  const scheduleId = await openQueue(bench);
  const url = `http://${bench.target.host}:${bench.target.port}/v1/schedules/${scheduleId}/queue/tickets`;
  const headers = { 'Content-Type': 'application/json' };
  const answer = await sampleAnswer(url, { method: 'POST', headers, body: '{"memberId":"sample000000000"}' });
  await using bare = await startBare(answer, bench.signal);
  await using generator = new Generator();
  const play = (target: Target, memberPrefix: string, connections: number): Promise<LoadResult> =>
    generator.play(
      {
        kind: 'closed',
        target,
        plan: { kind: 'joins', scheduleId, memberPrefix },
        connections,
        warmUpMs: 1_500,
        durationMs: bench.secondsOr(5) * 1_000,
      },
      bench.signal,
    );

  const runs: Run[] = [];
  for (const connections of connectionCounts) {
    const own = await play(bench.target, `join-${connections}-`, connections);
    const yardstick = await play(bare.target, 'join-', connections);
    runs.push({ connections, own, bare: yardstick });
    bench.say(`  ${inWords({ connections, own, bare: yardstick })}`);
  }
  await retireQueue(bench, scheduleId);
  return [figure(runs, durability)];
}

function figure(runs: readonly Run[], durability: string): Figure {
  const rates = runs.map(({ own }) => perSecond(own));
  const best = Math.max(...rates);
  const bareBest = Math.max(...runs.map(({ bare }) => perSecond(bare)));
  const target = Math.max(targetMin, bareShareMin * bareBest);
  const errors = runs.reduce((sum, { own }) => sum + errorCount(own), 0);
  return {
    scenario: 'joins',
    what: 'joins/s through the BFF, durable',
    value: `${whole(best)}/s`,
    target: `at least ${whole(target)}/s (8,000, or a quarter of the bare server's ${whole(bareBest)}), no error`,
    met: best >= target && errors === 0,
    detail: `${runs.map(inWords).join('; ')}; ${durability}`,
  };
}

function inWords({ connections, own, bare }: Run): string {
  const rate = `${connections} connections: ${whole(perSecond(own))}/s (bare ${whole(perSecond(bare))}/s)`;
  return `${rate}, ${quantiles(latenciesOf(own))}, ${errorsInWords(own)}`;
}
