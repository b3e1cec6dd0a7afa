import { parseArgs } from 'node:util';

import { suites, type Suite } from './suites.ts';

/** What to measure. */
export interface BenchOptions {
  readonly suite: Suite;
  /** Scenarios, in the order in which they run. */
  readonly only: readonly string[];
  /** How long each measurement takes; undefined: as long as the scenario thinks. */
  readonly seconds: number | undefined;
  readonly tickets: number;
  readonly charges: number;
  readonly payments: number;
  readonly rows: number;
  /** The file to write the figures to; undefined: none. */
  readonly write: string | undefined;
}

/** What was typed cannot be meant. */
export class UsageError extends Error {}

const ticketsDefault = 1_000_000;
const chargesDefault = 100_000;
const paymentsDefault = 3_000;
const rowsDefault = 10_000_000;
const resultsFile = 'deploy/bench/RESULTS.md';

const suiteLines = [...suites].map(([name, { about, scenarios }]) => {
  return `  ${name.padEnd(8)}${about}\n          ${[...scenarios.keys()].join(', ')}`;
});

/** What can be typed. */
export const usage = `Usage: npm run bench -- <suite> [options]

${suiteLines.join('\n')}

  --only <a,b>    some of the scenarios of the suite
  --seconds <n>   how long each measurement takes, 1 to 600; its own time unless told
  --tickets <n>   queue: how long the long line is, 1,000 to 5,000,000; a million unless told
  --charges <n>   ledger: how many charges are made, 1,000 to 10,000,000; 100,000 unless told
  --payments <n>  ledger: how many reservations are paid, 100 to 15,000; 3,000 unless told
  --rows <n>      seed: how many reservations and entries, 10,000 to 20,000,000; ten million unless told
  --write         writes the figures to ${resultsFile}; --write=<file> to another one

Starts a system of its own on free ports and in a folder of its own, measures, and ends it. Nothing else should run on the
machine. Ends with 1 when a target is missed.`;

/**
 * Reads the options; undefined when there is nothing to measure: then the usage is the answer.
 *
 * @throws UsageError
 */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values, positionals } = parse(args);
  const [name] = positionals;
  if (values.help || name === undefined) return undefined;
  const suite = suites.get(name);
  if (positionals.length > 1 || suite === undefined) throw new UsageError(`unknown: ${positionals.join(' ')}`);
  const names = [...suite.scenarios.keys()];
  const wanted = values.only?.split(',') ?? names;
  const unknown = wanted.filter((scenario) => !suite.scenarios.has(scenario));
  if (unknown.length > 0) throw new UsageError(`no scenario of ${name}: ${unknown.join(', ')}`);
  return {
    suite,
    only: names.filter((scenario) => wanted.includes(scenario)),
    seconds: values.seconds === undefined ? undefined : whole('seconds', values.seconds, 1, 600),
    tickets: whole('tickets', values.tickets ?? ticketsDefault, 1_000, 5_000_000),
    charges: whole('charges', values.charges ?? chargesDefault, 1_000, 10_000_000),
    payments: whole('payments', values.payments ?? paymentsDefault, 100, 15_000),
    rows: whole('rows', values.rows ?? rowsDefault, 10_000, 20_000_000),
    write: values.write,
  };
}

function parse(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const numbers = { seconds: text, tickets: text, charges: text, payments: text, rows: text } as const;
    const options = { only: text, ...numbers, write: text, help: { type: 'boolean' } } as const;
    const spelled = args.map((arg) => (arg === '--write' ? `--write=${resultsFile}` : arg));
    return parseArgs({ args: spelled, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function whole(name: string, given: string | number, min: number, max: number): number {
  const value = /^\d{1,8}$/.test(String(given)) ? Number(given) : 0;
  if (value < min || value > max) throw new UsageError(`--${name} has to be a whole number from ${min} to ${max}`);
  return value;
}
