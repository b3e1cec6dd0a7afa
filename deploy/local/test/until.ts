import { setTimeout as delay } from 'node:timers/promises';

import { startTime } from '../process-lock.ts';

/** Waits for something that other processes bring about; throws after the limit. */
export async function until(condition: () => Promise<boolean>, limitMs = 10_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${condition.toString()}`);
    await delay(20);
  }
}

/** Whether there is a process with that number that has not ended. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await startTime(pid)) !== undefined;
}
