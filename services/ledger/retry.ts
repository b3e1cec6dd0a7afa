import { setTimeout as delay } from 'node:timers/promises';

import { Code, ConnectError } from '@connectrpc/connect';
import { retryAfterMsOf } from '@boxoffice/runtime/error';

const transientCodes: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Aborted,
  Code.ResourceExhausted,
]);
const pauseMs = { first: 50, max: 800 };

/** Whether the same may pass in a moment: somebody is away or busy. A decision or a fault is not. */
export function isTransient(error: unknown): boolean {
  return error instanceof ConnectError && transientCodes.has(error.code);
}

/**
 * Does an idempotent work until it passes, fails for good, or the signal ends; the pauses between the tries double up to
 * 0.8 s, half of each drawn at random. The signal has to end by itself: it is the only limit.
 *
 * @throws what the last try threw.
 */
export async function retry<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !isTransient(error)) throw error;
      const grownMs = Math.min(pauseMs.first * 2 ** attempt, pauseMs.max);
      const waitMs = Math.max(grownMs, Math.min(retryAfterMsOf(error) ?? 0, pauseMs.max)) * (0.5 + Math.random() / 2);
      await delay(waitMs, undefined, { signal }).catch(() => {
        throw error;
      });
    }
  }
}
