import { setTimeout as delay } from 'node:timers/promises';

import { Code, ConnectError } from '@connectrpc/connect';

/** Nothing may take longer than this after a death. */
export const quietLimitMs = 15_000;

const pauseMs = 50;
const passing: ReadonlySet<Code> = new Set([
  Code.Unavailable,
  Code.DeadlineExceeded,
  Code.Aborted,
  Code.ResourceExhausted,
]);

/**
 * Calls again and again while somebody is away or busy, as a client does that wants an answer.
 *
 * @throws what the last call threw: a refusal, or that nobody answered for 15 s.
 */
export async function persistently<T>(call: () => Promise<T>): Promise<T> {
  const end = performance.now() + quietLimitMs;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const mayPass = error instanceof ConnectError && passing.has(error.code);
      if (!mayPass || performance.now() > end) throw error;
      await delay(pauseMs);
    }
  }
}
