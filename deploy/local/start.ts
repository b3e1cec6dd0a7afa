/** `npm start`: the whole system on this machine, until Ctrl-C. */
import { parseArgs } from 'node:util';

import { ConfigError } from '@boxoffice/runtime/config';

import { createOutput } from './output.ts';
import { serviceNames } from './keys.ts';
import { panel } from './panel.ts';
import { startSystem } from './system.ts';

const replicasMax = 5;
const usage = `Usage: npm start -- [--fresh] [--json] [--replicas <count>]

  --fresh              deletes the data and keys of earlier starts first
  --json               shows the programs' logs as the JSON lines that they are
  --replicas <count>   so many of each program, 1 to ${replicasMax}; the BFFs are behind one port

BOXOFFICE_HOME, DATABASE_URL, PORT, QUEUE_PORT and others are in README.md.`;

const sameCtrlCMs = 1_000;
const npmWatchIntervalMs = 500;

interface Arguments {
  readonly fresh: boolean;
  readonly json: boolean;
  readonly replicas: number;
}

function readArguments(): Arguments {
  try {
    const { values } = parseArgs({
      options: {
        fresh: { type: 'boolean' },
        json: { type: 'boolean' },
        replicas: { type: 'string', default: '1' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    // `npm start --fresh`, without the two dashes between, reaches us like this.
    const fresh = values.fresh ?? process.env['npm_config_fresh'] === 'true';
    return { fresh, json: values.json ?? false, replicas: readReplicas(values.replicas) };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

function readReplicas(text: string): number {
  const count = /^\d$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > replicasMax) throw new Error(`--replicas takes a number from 1 to ${replicasMax}.`);
  return count;
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

const { fresh, json, replicas } = readArguments();
const output = createOutput({ json, write: (text) => void process.stdout.write(text) });
const signal = endOnSignal();
try {
  const ofEach = Object.fromEntries(serviceNames.map((service) => [service, replicas]));
  const system = await startSystem({ environment: process.env, output, fresh, signal, replicas: ofEach });
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
