/** `npm run demo`: an on-sale, played in the terminal against the running system, or one that it starts for the time being. */
import { readOptions, usage, UsageError, type DemoOptions } from './demo/options.ts';
import { runDemo } from './demo/run.ts';
import { Scene } from './demo/scene.ts';
import { readSettings } from './settings.ts';
import { startSystem } from './system.ts';
import { findSystem, type SystemPlan } from './system-plan.ts';

/** Nobody watches longer. */
const demoLimitMs = 300_000;
/** After the signal that ends the demo, everything else has so long to end. */
const endLimitMs = 5_000;

function endOnSignal(): AbortSignal {
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (end.signal.aborted) process.exit(130);
      end.abort(new Error(`Ended by ${signal}.`));
      setTimeout(() => process.exit(130), endLimitMs).unref();
    });
  }
  setTimeout(() => end.abort(new Error(`Not over after ${demoLimitMs / 1_000} s.`)), demoLimitMs).unref();
  return end.signal;
}

/** Says what the programs would say, only when something is wrong: the bars have the screen. */
const quiet = {
  line: () => undefined,
  note: (text: string) => void process.stderr.write(`${text}\n`),
};

/** The system that runs, or one on free ports and the same data. */
async function reachSystem(resources: AsyncDisposableStack, signal: AbortSignal): Promise<SystemPlan> {
  const running = await findSystem(readSettings(process.env).home);
  if (running !== undefined) return running;
  console.log('Nothing is running: starting a system for the demo ...');
  const free = { PORT: '0', QUEUE_PORT: '0', INVENTORY_PORT: '0', LEDGER_PORT: '0', WORKER_PORT: '0' };
  return resources.use(await startSystem({ environment: { ...free, ...process.env }, output: quiet, signal }));
}

async function demo(options: DemoOptions, signal: AbortSignal): Promise<boolean> {
  await using resources = new AsyncDisposableStack();
  const system = await reachSystem(resources, signal);
  const { members, seats, maxActive } = options;
  console.log(`${members} members rush for ${seats} seats at ${system.url}, ${maxActive} inside at once.\n`);
  const { ok } = await runDemo(system, options, { scene: new Scene(options), screen: process.stdout, signal });
  return ok;
}

const signal = endOnSignal();
try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) console.log(usage);
  else process.exitCode = (await demo(options, signal)) ? 0 : 1;
} catch (error) {
  const cause: unknown = signal.aborted ? signal.reason : error;
  console.error(`\n${cause instanceof Error ? cause.message : String(cause)}`);
  if (error instanceof UsageError) console.error(`\n${usage}`);
  process.exitCode = signal.aborted ? 130 : error instanceof UsageError ? 2 : 1;
}
