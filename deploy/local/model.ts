/** `npm run test:model`: plays sales in a model and in the system, side by side; as many as there is a night for. */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { play, type PlayOptions } from './model/play.ts';
import { startPostgres } from './postgres.ts';

const usage = `Usage: npm run test:model -- [--runs 1000] [--seed 42] [--path 17:1:0]

Plays so many sales of random steps (join, admit, hold, extend, release, expire, charge, pay, refund, die) in a model and in
Queue, Inventory and Ledger on a PostgreSQL of their own, and compares everything after each step. A failure names the shortest
sequence that shows it, with the seed and path to play it again. Ends with 1 then.`;

const runsDefault = 1_000;
const runsMax = 1_000_000;

function readOptions(args: readonly string[]): Omit<PlayOptions, 'databaseUrl'> | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string' },
      seed: { type: 'string' },
      path: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  return {
    runs: integer('--runs', values.runs ?? String(runsDefault), { min: 1, max: runsMax }),
    seed: integer('--seed', values.seed ?? String(randomInt(2 ** 31)), { min: -(2 ** 31), max: 2 ** 31 - 1 }),
    ...(values.path !== undefined && { path: values.path }),
  };
}

function integer(name: string, text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new Error(`${name} is not an integer from ${min} to ${max}`);
  return value;
}

async function playOnOwnDatabase(options: Omit<PlayOptions, 'databaseUrl'>): Promise<void> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-model-'));
  resources.defer(() => rm(folder, { recursive: true, force: true }));
  const postgres = resources.use(await startPostgres({ dataDir: folder, durability: 'off' }));
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => end.abort(new Error(`Ended by ${signal}.`)));
  }
  const { runs, seed } = options;
  console.log(`Playing ${runs} sales with seed ${seed} ...`);
  const beganAtMs = performance.now();
  const steps = await play({ ...options, databaseUrl: postgres.url, signal: end.signal });
  const seconds = ((performance.now() - beganAtMs) / 1_000).toFixed(0);
  console.log(
    `${runs} sales, ${steps} steps in ${seconds} s: the system did what the model says, all invariants hold.`,
  );
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(usage);
  else await playOnOwnDatabase(options);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
process.exit();
