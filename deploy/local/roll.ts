/** `npm run roll`: what buyers notice of a rollout, or of a lost replica. */
import { parseArgs } from 'node:util';

import { roll, type RollOptions } from './roll/run.ts';
import { rollTable } from './roll/table.ts';
import { findingsTable } from './verify/table.ts';

const usage = `Usage: npm run roll -- [--lose] [--rate <purchases>] [--watchers <count>]

Starts a system of its own, two of each program, and sells seats in it (join, poll, hold, pay). Meanwhile every program is ended
by SIGTERM and started again, one after the other, as in a rollout. Tells for each how long it took, what buyers had to try
again, and how long nothing was sold; then checks all invariants. Ends with 1 when anything happened that a client could not
have mended by trying again.

  --lose               one of each program is killed by SIGKILL instead
  --rate <purchases>   so many purchases begin a second, 1 to 2000 (default 200)
  --watchers <count>   so many wait in a line and follow their position on an event stream, 0 to 2000 (default 100)`;

class UsageError extends Error {}

type Arguments = Pick<RollOptions, 'rate' | 'watchers' | 'signal'> & { readonly help: boolean };

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        lose: { type: 'boolean', default: false },
        rate: { type: 'string', default: '200' },
        watchers: { type: 'string', default: '100' },
        help: { type: 'boolean', default: false },
      },
    });
    const rate = number('--rate', values.rate, 1);
    const watchers = number('--watchers', values.watchers, 0);
    return { rate, watchers, signal: values.lose ? 'SIGKILL' : 'SIGTERM', help: values.help };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function number(name: string, text: string, min: number): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : -1;
  if (value < min || value > 2_000) throw new Error(`${name} takes a number from ${min} to 2000.`);
  return value;
}

const end = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => end.abort(new Error(`ended by ${signal}`)));
}
try {
  const { help, ...options } = readArguments();
  if (help) {
    console.log(usage);
  } else {
    const say = (text: string): void => console.error(`${text} ...`);
    const result = await roll({ ...options, say, abort: end.signal });
    console.log(`${rollTable(result)}\n\n${findingsTable(result.findings)}`);
    if (!result.ok) process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) console.error(`\n${usage}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
