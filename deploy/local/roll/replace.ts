import { setTimeout as delay } from 'node:timers/promises';

import type { Supervisor } from '../supervisor.ts';
import type { Phase } from './record.ts';

const lookMs = 5;
const limitMs = 60_000;

/**
 * Ends a program by a signal, and waits until its successor is well; tells the phase how long both took.
 *
 * @throws Error when it takes a minute.
 */
export async function replace(
  supervisor: Pick<Supervisor, 'isWell' | 'pidOf'>,
  name: string,
  { signal, phase }: { readonly signal: 'SIGTERM' | 'SIGKILL'; readonly phase: Phase },
): Promise<void> {
  const pid = supervisor.pidOf(name);
  if (pid === undefined) throw new Error(`${name} does not run`);
  const beganMs = performance.now();
  const sinceMs = (): number => performance.now() - beganMs;
  const until = async (condition: () => boolean, what: string): Promise<number> => {
    while (!condition()) {
      if (sinceMs() > limitMs) throw new Error(`${name} ${what} ${limitMs / 1_000} s after ${signal}`);
      await delay(lookMs);
    }
    return sinceMs();
  };
  process.kill(pid, signal);
  const goneAfterMs = await until(() => supervisor.pidOf(name) !== pid, 'is still there');
  const wellAfterMs = await until(() => supervisor.pidOf(name) !== pid && supervisor.isWell(name), 'is not well');
  phase.goneAfterMs = Math.max(phase.goneAfterMs ?? 0, goneAfterMs);
  phase.wellAfterMs = Math.max(phase.wellAfterMs ?? 0, wellAfterMs);
}
