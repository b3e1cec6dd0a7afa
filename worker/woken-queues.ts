import { isChange, tickQueue } from '@boxoffice/queue/admission';
import type { QueueWakeUps } from '@boxoffice/queue/wake-ups';
import type { Pool } from '@boxoffice/runtime/database/pool';

import type { Loop } from './loop.ts';
import type { TraceTick } from './tick-traces.ts';
import { Wake } from './wake.ts';

/** Queues that wait to be ticked at once; what is beyond is ticked in its turn. */
const queuesMax = 1_000;
/** Between two ticks of woken queues: a rush of payments makes a hundred ticks a second, not a thousand. */
const restMs = 10;

/**
 * The loop that ticks a queue as soon as a place in it is free, without waiting for the turn of all queues. It pauses until it
 * is woken. Several workers are woken at once: the first takes the queue's turn, the others pass.
 */
export function wokenQueuesLoop(pool: Pool, wakeUps: QueueWakeUps, traceTick: TraceTick): Loop & Disposable {
  const wake = new Wake();
  const woken = new Set<bigint>();
  const listening = wakeUps.onMayAdmit((scheduleId) => {
    if (woken.size < queuesMax) woken.add(scheduleId);
    wake.wake();
  });
  return {
    name: 'woken queues',
    intervalMs: 60_000,
    wake,
    restMs,
    run: async (signal) => {
      const queues = [...woken];
      woken.clear();
      for (const scheduleId of queues) {
        if (signal.aborted) break;
        if (isChange(await traceTick(scheduleId, () => tickQueue(pool, scheduleId)))) wakeUps.changed(scheduleId);
      }
      return false;
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
