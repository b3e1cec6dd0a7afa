/** `npm run bench`: measures the system against its targets, on this machine. */
import { resolve } from 'node:path';

import { root } from '@boxoffice/local/settings';

import { startBenchSystem } from './bench-system.ts';
import type { Figure } from './figure.ts';
import { circumstances, type Circumstances } from './machine.ts';
import { readOptions, usage, UsageError, type BenchOptions } from './options.ts';
import { inLines, inTable, writeResults } from './results.ts';
import { scenarioNames } from './suites.ts';

/** After the signal that ends the bench, everything else has so long to end. */
const endLimitMs = 8_000;

const end = new AbortController();

function endOnSignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      end.abort(new Error(`Ended by ${signal}.`));
      // What we started sees that we are gone, and ends too.
      setTimeout(() => process.exit(130), endLimitMs).unref();
    });
  }
}

function endAfter(minutes: number): void {
  setTimeout(() => end.abort(new Error(`Not over after ${minutes} minutes.`)), minutes * 60_000).unref();
}

const say = (text: string): void => console.log(text);

async function bench(options: BenchOptions, signal: AbortSignal): Promise<boolean> {
  const { suite, seconds } = options;
  endAfter(suite.limitMinutes);
  const figures: Figure[] = [];
  let about: Circumstances;
  {
    say('Starting a system to measure ...');
    await using own = await startBenchSystem(signal, say);
    about = await circumstances(own.home);
    say(about.map(([name, value]) => `  ${name}: ${value}`).join('\n'));
    const hands = { ...own, ...options, signal, say, secondsOr: (usual: number) => seconds ?? usual };
    for (const name of options.only) {
      say(`\n${name}`);
      const measured = (await suite.scenarios.get(name)?.(hands)) ?? [];
      say(inLines(measured));
      figures.push(...measured);
    }
  }
  say(`\n${inTable(figures)}`);
  if (options.write !== undefined) {
    const path = resolve(root, options.write);
    await writeResults(path, figures, { circumstances: about, order: scenarioNames });
    say(`\nWritten to ${path}`);
  }
  return figures.every(({ met }) => met !== false);
}

endOnSignal();
const { signal } = end;
try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) say(usage);
  else process.exitCode = (await bench(options, signal)) ? 0 : 1;
} catch (error) {
  const cause: unknown = signal.aborted ? signal.reason : error;
  console.error(`\n${cause instanceof Error ? (signal.aborted ? cause.message : cause.stack) : String(cause)}`);
  if (error instanceof UsageError) console.error(`\n${usage}`);
  process.exitCode = signal.aborted ? 130 : error instanceof UsageError ? 2 : 1;
}
