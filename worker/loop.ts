import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from '@boxoffice/runtime/log';

import type { LoopMetrics } from './loop-metrics.ts';
import type { Wake } from './wake.ts';

/** Something that is done again and again. */
export interface Loop {
  readonly name: string;
  /** The pause between two runs. */
  readonly intervalMs: number;
  /** Ends a pause early. Not one after a failure. */
  readonly wake?: Wake;
  /** How long it pauses even when it is woken. */
  readonly restMs?: number;
  /** One run, with a limit to what it does. Returns true when there is more to do at once. */
  readonly run: (signal: AbortSignal) => Promise<boolean>;
}

interface LoopSurroundings {
  readonly log: Logger;
  /** Hears of the runs, where somebody looks. */
  readonly metrics?: LoopMetrics | undefined;
}

/** The longest pause after failures. */
const backoffMsMax = 5_000;

/**
 * Runs a loop until the signal is aborted; then it finishes the run it is at. Runs never overlap. After a failure it is
 * logged and the pause doubles, up to 5 s, and is drawn at random from its upper half, so that many workers do not come back
 * at the same moment. One success, and it goes on as before.
 */
export async function runLoop(
  { name, intervalMs, wake, restMs = 0, run }: Loop,
  { log, metrics }: LoopSurroundings,
  signal: AbortSignal,
): Promise<void> {
  const ending = (): boolean => signal.aborted;
  let failures = 0;
  metrics?.started(name);
  while (!ending()) {
    let more = false;
    const startedMs = performance.now();
    try {
      more = await run(signal);
      if (failures > 0) log.info({ loop: name, failures }, 'loop works again');
      failures = 0;
      metrics?.ran(name, startedMs, false);
    } catch (error) {
      // What is cut off at the end is no failure.
      if (ending()) return;
      failures++;
      metrics?.ran(name, startedMs, true);
      log.warn({ loop: name, failures, err: error }, 'loop failed: trying again');
    }
    if (more) continue;
    if (wake === undefined || failures > 0) {
      await pause(pauseMs(intervalMs, failures), signal);
    } else {
      const rest = Math.min(restMs, intervalMs);
      if (rest > 0) await pause(rest, signal);
      await wake.pause(intervalMs - rest, signal);
    }
  }
}

function pauseMs(intervalMs: number, failures: number): number {
  if (failures === 0) return intervalMs;
  const limitMs = Math.max(intervalMs, Math.min(backoffMsMax, intervalMs * 2 ** Math.min(failures, 10)));
  return limitMs * (0.5 + Math.random() / 2);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
