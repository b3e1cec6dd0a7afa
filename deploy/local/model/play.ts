import fc from 'fast-check';

import { allHold, checkInvariants } from '../verify/check.ts';
import { findingsTable } from '../verify/table.ts';
import { Stage } from './stage.ts';
import { commands, compare } from './steps.ts';
import { World } from './world.ts';

/** How the model is played. */
export interface PlayOptions {
  readonly databaseUrl: string;
  /** Sales, each of a sequence of steps. */
  readonly runs: number;
  /** Of fast-check: the same seed plays the same. */
  readonly seed: number;
  /** Of a counterexample, to play that alone. */
  readonly path?: string;
  readonly signal?: AbortSignal;
}

const stepsMax = 30;

const sales = fc.record({
  prices: fc.array(fc.constantFrom(0, 500, 1_000, 1_500), { minLength: 2, maxLength: 4 }),
  members: fc.constantFrom(2, 3),
  balance: fc.constantFrom(500, 2_000, 10_000),
  maxActive: fc.constantFrom(1, 2, 3),
});

/**
 * Plays sales in the model and in the system side by side, and compares all that can be seen of them after each step; when all
 * are played, every invariant is checked.
 *
 * @returns how many steps were taken.
 * @throws Error with the shortest counterexample that was found, and how to play it again.
 */
export async function play({ databaseUrl, runs, seed, path, signal }: PlayOptions): Promise<number> {
  await using world = await World.open(databaseUrl);
  const sale = fc.asyncProperty(sales, commands(stepsMax), async (options, sequence) => {
    signal?.throwIfAborted();
    const { sale: model, stage: real } = await Stage.set(world, options);
    await fc.asyncModelRun(() => ({ model, real }), sequence);
    // In the end everything is finished.
    model.resume();
    await world.resume();
    await compare(model, real, 'the end');
  });
  await fc.assert(sale, { numRuns: runs, seed, ...(path !== undefined && { path }), endOnFailure: false });
  const findings = await checkInvariants({ databases: world.databases, running: true });
  if (!allHold(findings)) throw new Error(`Invariants are violated:\n${findingsTable(findings)}`);
  return world.steps;
}
