import { sampleAnswer, startBare } from '../bare/bare.ts';
import { errorCount, errorsInWords, median, quantiles, whole, type Figure } from '../figure.ts';
import { Histogram } from '../load/histogram.ts';
import { cpuSecondsOf } from '../process-facts.ts';
import { Generator, latenciesOf, perSecond } from '../load/run-load.ts';
import type { LoadResult } from '../load/tally.ts';
import type { Bench } from '../scenario.ts';

const connections = 64;
// Short ones and many: what else the machine does falls on both.
const rounds = 5;
const ratioMin = 0.5;
const dates = 20;
const day = '2099-11-11';

/** One thing that is asked for again and again. */
interface Question {
  readonly what: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What a good answer has. */
  readonly status: 200 | 304;
}

/** A load, and the processor time that the server took for it, the warming up included. */
interface Round {
  readonly result: LoadResult;
  readonly cpuSeconds: number;
}

/** Requests for a second of processor time, but for a factor that is the same for both servers. */
function efficiency(all: readonly Round[]): number {
  return median(all.map(({ result, cpuSeconds }) => perSecond(result) / cpuSeconds));
}

/** What is on, from the BFF's memory, against a bare server that answers the same bytes, in turns. */
export async function catalogue(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const question of await questionsOf(bench)) figures.push(await ask(bench, question));
  return figures;
}

async function questionsOf(bench: Bench): Promise<Question[]> {
  const { id } = await enter(bench, '/concerts', {
    name: 'The concert everybody looks at',
    description: 'An evening of chamber music. '.repeat(10),
    venue: 'The large hall',
  });
  for (let count = 0; count < dates; count++) {
    await enter(bench, `/concerts/${id}/schedules`, { date: day, seatCount: 50, price: 1_000 });
  }
  const path = `/v1/concerts/${id}`;
  const { headers } = await fetch(new URL(path, bench.system.url));
  const tag = { 'If-None-Match': headers.get('etag') ?? '' };
  return [
    { what: 'a concert', path, headers: {}, status: 200 },
    { what: 'a concert, by who has it (304)', path, headers: tag, status: 304 },
    { what: `${dates} dates of a day`, path: `/v1/schedules?date=${day}`, headers: {}, status: 200 },
  ];
}

async function enter({ system }: Bench, path: string, body: object): Promise<{ readonly id: number }> {
  const response = await fetch(new URL(`/v1/admin${path}`, system.url), {
    method: 'POST',
    headers: { Authorization: `Bearer ${system.keys.operator}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path} answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as { id: number };
}

async function ask(bench: Bench, question: Question): Promise<Figure> {
  const { path, headers, status } = question;
  // The bare server always sends the whole answer: there is nothing that it could know.
  const answer = await sampleAnswer(String(new URL(path, bench.system.url)), {});
  await using bare = await startBare(answer, bench.signal);
  await using generator = new Generator();
  const measured = { own: [] as Round[], bare: [] as Round[] };
  const measure = async (kind: keyof typeof measured): Promise<void> => {
    const own = kind === 'own';
    const pid = own ? (bench.system.supervisor.pidOf('bff') ?? 0) : bare.pid;
    const cpuBefore = await cpuSecondsOf(pid);
    const result = await generator.play(
      {
        kind: 'closed',
        target: own ? bench.target : bare.target,
        plan: { kind: 'gets', path, headers: own ? headers : {}, status: own ? status : answer.status },
        connections,
        warmUpMs: 500,
        durationMs: bench.secondsOr(2) * 1_000,
      },
      bench.signal,
    );
    measured[kind].push({ result, cpuSeconds: (await cpuSecondsOf(pid)) - cpuBefore });
    const name = own ? question.what : 'bare node:http';
    bench.say(`  ${name}: ${whole(perSecond(result))}/s, ${errorsInWords(result)}`);
  };
  for (let round = 1; round <= rounds; round++) {
    await measure('own');
    await measure('bare');
  }
  return figureOf(question, measured, Buffer.byteLength(answer.body));
}

function figureOf(
  { what }: Question,
  measured: { readonly own: readonly Round[]; readonly bare: readonly Round[] },
  bodyBytes: number,
): Figure {
  const [own, bare] = [measured.own, measured.bare].map((all) => all.map(({ result }) => result)) as [
    LoadResult[],
    LoadResult[],
  ];
  const [rate, bareRate] = [median(own.map(perSecond)), median(bare.map(perSecond))];
  const errors = own.reduce((sum, result) => sum + errorCount(result), 0);
  const all = own.reduce((sum, result) => sum.add(latenciesOf(result).state), new Histogram());
  const cores = median(bare.map(({ generatorCores }) => generatorCores));
  return {
    scenario: 'catalogue',
    what: `${what}: requests/s from memory`,
    value: `${whole(rate)}/s, ${(rate / bareRate).toFixed(2)} of the bare server`,
    target: `at least ${ratioMin} of the bare server, no error`,
    met: rate / bareRate >= ratioMin && errors === 0,
    detail:
      `by processor time ${(efficiency(measured.own) / efficiency(measured.bare)).toFixed(2)} of it; ` +
      `bare node:http: ${whole(bareRate)}/s with ${whole(bodyBytes)} bytes; ${errors} errors; ${connections} connections: ` +
      `${quantiles(all)}; the generator needed ${cores.toFixed(2)} cores for the bare server; ` +
      `${process.env['REDIS_URL'] === undefined ? 'without' : 'with'} Redis`,
  };
}
