import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { openServices, prepareSale } from '../bench-sale.ts';
import { startBenchSystem, type BenchSystem } from '../bench-system.ts';
import { CpuMeter, type CpuTimes } from '../cpu-meter.ts';
import { errorCount, errorsInWords, median, whole, type Figure } from '../figure.ts';
import type { Payable } from '../load/requests.ts';
import { Generator, latenciesOf, perSecond } from '../load/run-load.ts';
import type { LoadResult } from '../load/tally.ts';
import type { Bench } from '../scenario.ts';

const connections = 64;
/** Short ones and many: what else the machine does falls on both. */
const rounds = 9;
const paymentsEach = 400;
const costMax = 0.05;
const programs = ['bff', 'queue', 'inventory', 'ledger', 'worker'];

/** A load on a system: how fast it was, and the processor time of all programs for each answer. */
interface Round {
  readonly rate: number;
  readonly cpuMs: number;
  readonly errors: number;
}

type Load = (system: BenchSystem, generator: Generator) => Promise<LoadResult>;

/**
 * What telemetry costs: the same load on a system that nobody looks at and on one whose metrics are scraped and whose traces
 * are sent, as many as are kept by default, in turns.
 */
export async function telemetry(bench: Bench): Promise<Figure[]> {
  await using sink = await startSink();
  bench.say('  starting a second system, with telemetry ...');
  await using looked = await startBenchSystem(bench.signal, bench.say, {
    OPERATIONS_PORT: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
  });
  const systems = { off: bench, on: looked };
  return [
    await compare(bench, systems, 'a concert from memory', await catalogueLoad(bench, systems)),
    await compare(bench, systems, 'payments', await paymentsLoad(bench, systems)),
  ];
}

type Systems = Readonly<Record<'off' | 'on', BenchSystem>>;

async function compare(bench: Bench, systems: Systems, what: string, load: Load): Promise<Figure> {
  await using generator = new Generator();
  const measured = { off: [] as Round[], on: [] as Round[] };
  const measure = async (kind: keyof Systems): Promise<void> => {
    const system = systems[kind];
    const meter = await CpuMeter.start(system);
    const result = await load(system, generator);
    const times = await meter.read();
    if (kind === 'on') await scrape(system);
    const answers = latenciesOf(result).count;
    const round = {
      rate: perSecond(result),
      cpuMs: (1_000 * programTime(times)) / answers,
      errors: errorCount(result),
    };
    measured[kind].push(round);
    bench.say(
      `  ${what}, telemetry ${kind}: ${whole(round.rate)}/s, ${round.cpuMs.toFixed(4)} ms each, ${errorsInWords(result)}`,
    );
  };
  // The first of each warms up.
  for (let round = 0; round <= rounds; round += 1) {
    await measure(round % 2 === 0 ? 'off' : 'on');
    await measure(round % 2 === 0 ? 'on' : 'off');
  }
  return figure(what, measured.off.slice(1), measured.on.slice(1));
}

function figure(what: string, off: readonly Round[], on: readonly Round[]): Figure {
  const of = (rounds: readonly Round[], value: (round: Round) => number): number => median(rounds.map(value));
  const [cpuOff, cpuOn] = [of(off, ({ cpuMs }) => cpuMs), of(on, ({ cpuMs }) => cpuMs)];
  const [rateOff, rateOn] = [of(off, ({ rate }) => rate), of(on, ({ rate }) => rate)];
  const cost = cpuOn / cpuOff - 1;
  const errors = [...off, ...on].reduce((sum, round) => sum + round.errors, 0);
  return {
    scenario: 'telemetry',
    what: `${what}: what metrics and traces cost, by processor time`,
    value: `${(100 * cost).toFixed(1)} %`,
    target: `under ${100 * costMax} %, no error`,
    met: cost < costMax && errors === 0,
    detail:
      `off ${cpuOff.toFixed(4)} ms of all programs each, on ${cpuOn.toFixed(4)} ms; ${whole(rateOff)}/s and ${whole(rateOn)}/s, ` +
      `${(rateOn / rateOff).toFixed(2)}; medians of ${rounds} rounds in turns; ${connections} connections; 1 % of traces kept; ${errors} errors`,
  };
}

async function catalogueLoad(bench: Bench, systems: Systems): Promise<Load> {
  const paths = new Map<BenchSystem, string>();
  for (const system of Object.values(systems)) {
    await using services = openServices(system);
    const { concert } = await services.inventoryAdmin.createConcert({ name: 'The concert everybody looks at' });
    paths.set(system, `/v1/concerts/${concert?.id}`);
  }
  return (system, generator) =>
    generator.play(
      {
        kind: 'closed',
        target: system.target,
        plan: { kind: 'gets', path: paths.get(system) ?? '', headers: {}, status: 200 },
        connections,
        warmUpMs: 200,
        durationMs: bench.secondsOr(2) * 1_000,
      },
      bench.signal,
    );
}

async function paymentsLoad(bench: Bench, systems: Systems): Promise<Load> {
  const left = new Map<BenchSystem, Payable[]>();
  for (const system of Object.values(systems)) {
    bench.say('  preparing a sale ...');
    await using services = openServices(system);
    const { payables } = await prepareSale(system, services, paymentsEach * (rounds + 1));
    left.set(system, [...payables]);
  }
  let keySeed = Date.now() >>> 0;
  return (system, generator) =>
    generator.play(
      {
        kind: 'counted',
        target: system.target,
        plan: { kind: 'payments', payables: left.get(system)?.splice(0, paymentsEach) ?? [], keySeed: keySeed++ >>> 0 },
        connections,
        requests: paymentsEach,
      },
      bench.signal,
    );
}

function programTime(times: CpuTimes): number {
  return programs.reduce((sum, name) => sum + (times.get(name) ?? 0), 0);
}

/** As Prometheus does, more often. */
async function scrape({ system }: BenchSystem): Promise<void> {
  for (const port of Object.values(system.operations)) {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    if (!response.ok) throw new Error(`/metrics is answered with ${response.status}`);
    await response.text();
  }
}

/** A collector that takes everything and keeps nothing. */
async function startSink(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((req, res) => {
    req.resume();
    req.on('end', () => res.writeHead(200, { 'Content-Type': 'application/json' }).end('{}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}
