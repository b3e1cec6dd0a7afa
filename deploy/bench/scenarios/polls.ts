import { durationFromMs } from '@bufbuild/protobuf/wkt';

import { sampleAnswer, startBare } from '../bare/bare.ts';
import { openQueue, retireQueue, seedLine, setPresenceTtl, tokensOf } from '../bench-queue.ts';
import { errorCount, errorsInWords, median, quantiles, whole, type Figure } from '../figure.ts';
import { Histogram } from '../load/histogram.ts';
import { Generator, latenciesOf, perSecond } from '../load/run-load.ts';
import type { LoadResult } from '../load/tally.ts';
import type { Bench } from '../scenario.ts';

const connections = 64;
const tokenCount = 4_096;
const leftShare = 0.05;
const rounds = 3;
const ratioMin = 0.5;

/** Only some of the million poll. With the default of two minutes the others would leave the line. */
const presenceTtlMs = 3_600_000;

/** Polls of positions in a line of a million, against a bare server that answers the same bytes, in turns. */
export async function polls(bench: Bench): Promise<Figure[]> {
  const scheduleId = await openQueue(bench, { maxActive: 1, presenceTtl: durationFromMs(presenceTtlMs) });
  await bench.admin.pauseQueue({ scheduleId });
  bench.say(`  filling a line of ${whole(bench.tickets)} tickets ...`);
  await seedLine(bench.pool, scheduleId, { tickets: bench.tickets, leftShare });
  const tokens = await tokensOf(bench, scheduleId, { count: tokenCount });
  const url = `http://${bench.target.host}:${bench.target.port}/v1/schedules/${scheduleId}/queue/tickets/me`;
  const answer = await sampleAnswer(url, { headers: { 'Queue-Token': tokens[tokens.length >> 1] ?? '' } });
  await using bare = await startBare(answer, bench.signal);
  await using generator = new Generator();
  const measured = { present: [] as LoadResult[], anyhow: [] as LoadResult[], bare: [] as LoadResult[] };
  const measure = async (kind: keyof typeof measured): Promise<void> => {
    const result = await generator.play(
      {
        kind: 'closed',
        target: kind === 'bare' ? bare.target : bench.target,
        plan: { kind: 'polls', scheduleId, tokens },
        connections,
        firstAll: kind !== 'bare',
        warmUpMs: 1_000,
        durationMs: bench.secondsOr(4) * 1_000,
      },
      bench.signal,
    );
    measured[kind].push(result);
    bench.say(`  ${labels[kind]}: ${whole(perSecond(result))}/s, ${errorsInWords(result)}`);
  };

  for (let round = 1; round <= rounds; round++) {
    await setPresenceTtl(bench, scheduleId, presenceTtlMs);
    await measure('present');
    await measure('bare');
    await setPresenceTtl(bench, scheduleId, 0);
    await measure('anyhow');
  }
  await retireQueue(bench, scheduleId);
  return [
    ratioFigure('present', measured.present, measured.bare),
    ratioFigure('anyhow', measured.anyhow, measured.bare),
  ];
}

const labels = { present: 'polls', anyhow: 'polls, presence off', bare: 'bare node:http' } as const;

function ratioFigure(kind: 'present' | 'anyhow', own: readonly LoadResult[], bare: readonly LoadResult[]): Figure {
  const rate = median(own.map(perSecond));
  const bareRate = median(bare.map(perSecond));
  const errors = own.reduce((sum, result) => sum + errorCount(result), 0);
  const all = own.reduce((sum, result) => sum.add(latenciesOf(result).state), new Histogram());
  const cores = median(bare.map(({ generatorCores }) => generatorCores));
  return {
    scenario: 'polls',
    what: `${labels[kind]}: requests/s, a million tickets, 5 % left`,
    value: `${whole(rate)}/s, ${(rate / bareRate).toFixed(2)} of the bare server`,
    target: `at least ${ratioMin} of the bare server, no error`,
    met: rate / bareRate >= ratioMin && errors === 0,
    detail:
      `bare node:http: ${whole(bareRate)}/s; ${errors} errors; ${connections} connections: ${quantiles(all)}; ` +
      `the generator needed ${cores.toFixed(2)} cores for the bare server`,
  };
}
