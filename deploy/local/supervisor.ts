import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { nodeFlags } from './node-flags.ts';
import { summary, type Output } from './output.ts';
import type { Probe } from './probe.ts';
import { tether, type Ending, type Tethered } from './tether.ts';

/** A program to keep running. */
export interface Program {
  readonly name: string;
  /** What Node runs. */
  readonly main: string;
  readonly env: NodeJS.ProcessEnv;
  readonly probe: Probe;
}

export interface SupervisorOptions {
  /** In the order in which they depend on each other; they are ended in the reverse order. */
  readonly programs: readonly Program[];
  readonly output: Output;
  /** Ends the start before it is complete. */
  readonly signal?: AbortSignal;
  /** How long a program may take from its start to its first good answer. */
  readonly healthyLimitMs?: number;
  /** How long ending all of them may take together; who is not done then is killed. */
  readonly stopLimitMs?: number;
  /** How long the next start waits after an end: at first, at most, and from which age on an end counts as a first one. */
  readonly backoffMs?: typeof backoffMs;
}

/** Programs that are kept running. Disposing ends them all. */
export interface Supervisor extends AsyncDisposable {
  readonly names: readonly string[];
  /** The process that runs a program now; undefined between two. */
  pidOf(name: string): number | undefined;
  /** Whether the process that runs it now has given its first good answer. */
  isWell(name: string): boolean;
}

interface Kept {
  readonly program: Program;
  /** Resolves at the first good answer; rejects when the program ends before it. */
  readonly started: Promise<void>;
  current(): Tethered | undefined;
  isWell(): boolean;
  stop(graceMs: number): Promise<void>;
}

const backoffMs: Readonly<Record<'first' | 'max' | 'forgottenAfter', number>> = {
  first: 100,
  max: 5_000,
  forgottenAfter: 10_000,
};
/** Between two questions: more of them take time from programs that are starting. */
const probeIntervalMs = { first: 40, max: 200, growth: 1.3 } as const;
const probeTimeoutMs = 2_000;
const defaults = { healthyLimitMs: 30_000, stopLimitMs: 2_500 } as const;
/** What a program gets at least, however long the ones before it took. */
const graceMinMs = 250;

/**
 * Starts all programs together and waits until all are well. From then on, one that ends is started again, at first after
 * 100 ms, then after twice the time, up to 5 s. None of them outlives this process.
 *
 * @throws Error when a program ends or does not become well at its first start; the others are ended then.
 */
export async function supervise(options: SupervisorOptions): Promise<Supervisor> {
  const kept: Kept[] = [];
  for (const program of options.programs) kept.push(keep(program, options, kept.at(-1)?.started));
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= stopAll(kept, options.stopLimitMs ?? defaults.stopLimitMs));
  try {
    await Promise.race([Promise.all(kept.map(({ started }) => started)), rejectOnAbort(options.signal)]);
  } catch (error) {
    await stop();
    throw error;
  }
  const find = (name: string): Kept | undefined => kept.find(({ program }) => program.name === name);
  return {
    names: options.programs.map(({ name }) => name),
    pidOf: (name) => find(name)?.current()?.pid,
    isWell: (name) => find(name)?.isWell() ?? false,
    [Symbol.asyncDispose]: stop,
  };
}

/** One after the other, the last one first, so that nobody loses whom they call; each with its share of the time left. */
async function stopAll(kept: readonly Kept[], limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  for (const [index, one] of [...kept.entries()].reverse()) {
    await one.stop(Math.max(graceMinMs, end - performance.now() - index * graceMinMs));
  }
}

/** @param before the one before is well: until then nobody needs to ask how this one is. */
function keep(program: Program, options: SupervisorOptions, before: Promise<void> = Promise.resolve()): Kept {
  const life = new AbortController();
  let current: Tethered | undefined;
  let wellOne: Tethered | undefined;
  const isOver = (): boolean => life.signal.aborted;
  const started = Promise.withResolvers<void>();
  started.promise.catch(() => undefined); // Whoever waits for it hears of it, also when somebody else fails first.

  const runOnce = async (): Promise<{ ending: Ending; lastLines: readonly string[] }> => {
    const child = await launch(program);
    current = child;
    const lastLines = relay(child, program.name, options.output);
    if (isOver()) await child.stop(graceMinMs);
    void awaitHealth(program, child, before, options.healthyLimitMs ?? defaults.healthyLimitMs).then((well) => {
      if (!well) return void child.stop();
      if (wellOne !== undefined) options.output.note(`${program.name} is back`);
      wellOne = child;
      started.resolve();
    });
    const ending = await child.ended;
    current = undefined;
    return { ending, lastLines };
  };

  const run = async (): Promise<void> => {
    const backoff = options.backoffMs ?? backoffMs;
    let waitMs = backoff.first;
    while (!isOver()) {
      const begin = performance.now();
      const { ending, lastLines } = await runOnce();
      if (isOver()) return;
      if (wellOne === undefined) throw new StartError(program.name, ending, lastLines);
      waitMs = performance.now() - begin > backoff.forgottenAfter ? backoff.first : waitMs;
      options.output.note(`${program.name} ${inWords(ending)}; it is started again in ${waitMs} ms`);
      await delay(waitMs, undefined, { signal: life.signal }).catch(() => undefined);
      waitMs = Math.min(2 * waitMs, backoff.max);
    }
  };
  const done = run().catch((error: unknown) => started.reject(error));

  return {
    program,
    started: started.promise,
    current: () => current,
    isWell: () => current !== undefined && current === wellOne,
    async stop(graceMs) {
      life.abort();
      await current?.stop(graceMs);
      await done;
    },
  };
}

async function launch(program: Program): Promise<Tethered> {
  return await tether(process.execPath, [...nodeFlags(availableParallelism()), program.main], {
    env: program.env,
    signal: 'SIGTERM',
    lastSignal: 'SIGKILL',
    graceMs: defaults.stopLimitMs,
  });
}

/** Passes on what a program says, and keeps its last lines for an error. */
function relay(child: Tethered, name: string, output: Output): readonly string[] {
  const lastLines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => {
      output.line(name, line);
      lastLines.push(line);
      if (lastLines.length > 10) lastLines.shift();
    });
  }
  return lastLines;
}

/** Asks until the answer is good, the program has ended, or the time is over. */
async function awaitHealth(
  program: Program,
  child: Tethered,
  before: Promise<void>,
  limitMs: number,
): Promise<boolean> {
  const over = new AbortController();
  void child.ended.then(() => over.abort());
  await Promise.race([before, child.ended]).catch(() => undefined); // If it fails, all are ended.
  const end = performance.now() + limitMs;
  let waitMs: number = probeIntervalMs.first;
  while (!over.signal.aborted && performance.now() < end) {
    if (await program.probe(probeTimeoutMs)) return true;
    await delay(waitMs, undefined, { signal: over.signal }).catch(() => undefined);
    waitMs = Math.min(waitMs * probeIntervalMs.growth, probeIntervalMs.max);
  }
  return false;
}

class StartError extends Error {
  constructor(name: string, ending: Ending, lastLines: readonly string[]) {
    super(`${name} ${inWords(ending)} before it was ready:\n${lastLines.map(summary).join('\n')}`);
    this.name = 'StartError';
  }
}

function inWords({ code, signal }: Ending): string {
  return signal ? `was ended by ${signal}` : `ended with code ${code}`;
}

async function rejectOnAbort(signal: AbortSignal | undefined): Promise<never> {
  return await new Promise((_, reject) => {
    const give = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error('ended'));
    if (signal?.aborted) give();
    signal?.addEventListener('abort', give, { once: true });
  });
}
