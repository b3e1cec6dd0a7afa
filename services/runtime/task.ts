import { exit, readConfigOrDefaults, sayWhy, type ProgramContext } from './program.ts';
import { createLogger } from './log.ts';

/** What a task works with. */
export type TaskContext = Pick<ProgramContext, 'env' | 'log'>;

/**
 * Runs a program that does one thing, and ends the process: with 0 when it is done, with 1 when it has failed. SIGTERM,
 * SIGINT and SIGHUP end it at once, with 1: what it does is done in transactions, so nothing stays half done.
 */
export async function runTask(name: string, task: (context: TaskContext) => Promise<void>): Promise<void> {
  const log = createLogger(name, readConfigOrDefaults(process.env).logLevel);
  // As the first process of a container it would not hear of a signal that it does not listen to.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => exit(1, () => log.fatal({ signal }, 'ended before it was done')));
  }
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => exit(1, () => log.fatal({ err: error }, event)));
  }
  await task({ env: process.env, log }).catch((error: unknown) => exit(1, () => sayWhy(log, error)));
  exit(0, () => log.info('done'));
}
