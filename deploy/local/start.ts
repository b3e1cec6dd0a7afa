/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { parseArgs } from 'node:util';

import { ConfigError } from '@boxoffice/runtime/config';

import { createOutput } from './output.ts';
import { panel } from './panel.ts';
import { startSystem } from './system.ts';

const usage = `Usage: npm start -- [--fresh] [--json]

  --fresh   deletes the data and keys of earlier starts first
  --json    shows the programs' logs as the JSON lines that they are

BOXOFFICE_HOME, DATABASE_URL, PORT, QUEUE_PORT and others are in README.md.`;

const sameCtrlCMs = 1_000;
const npmWatchIntervalMs = 500;

interface Arguments {
  readonly fresh: boolean;
  readonly json: boolean;
}

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: { fresh: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    // `npm start --fresh`, without the two dashes between, reaches us like this.
    return { fresh: values.fresh ?? process.env['npm_config_fresh'] === 'true', json: values.json ?? false };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

/**
 * Aborted by the first signal. One Ctrl-C comes twice, from the terminal and from npm; one that comes a second later means
 * it, and ends this process at once: the programs see that it is gone, and end too.
 */
function endOnSignal(): AbortSignal {
  const end = new AbortController();
  let firstAtMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!end.signal.aborted) firstAtMs = performance.now();
      else if (performance.now() - firstAtMs > sameCtrlCMs) process.exit(1);
      end.abort(new Error(`ended by ${signal}`));
    });
  }
  endWithNpm(end);
  return end.signal;
}

/** npm passes signals on, but a SIGKILL it cannot; whoever kills `npm start` means the system. */
function endWithNpm(end: AbortController): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) end.abort(new Error('npm is gone'));
  }, npmWatchIntervalMs).unref();
}

async function ended(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function inWords(error: unknown): string {
  if (error instanceof ConfigError) return error.faults.join('\n');
  return error instanceof Error ? error.message : String(error);
}

const { fresh, json } = readArguments();
const output = createOutput({ json, write: (text) => void process.stdout.write(text) });
const signal = endOnSignal();
try {
  const system = await startSystem({ environment: process.env, output, fresh, signal });
  const startedInMs = performance.now();
  output.note(json ? `ready: ${system.url}` : await panel(system, startedInMs));
  await ended(signal);
  output.note('Ending ...');
  await system[Symbol.asyncDispose]();
} catch (error) {
  if (!signal.aborted) {
    console.error(`\n${inWords(error)}`);
    process.exitCode = 1;
  }
}
