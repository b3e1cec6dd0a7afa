import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';

import { ascending } from './admission.ts';
import { placesOf } from './lobby/draws.ts';
import { findClosedQueues, findWaiting, leaveClosed } from './sql/leave-closed.ts';
import { lockQueue } from './sql/lock-queue.ts';
import { recordNumbers } from './sql/record-change.ts';

const queuesMax = 100;
/** As many as a change can name. */
const leaveMax = 1_000;

/**
 * Marks who still waits in closed queues as having left, a batch of each queue.
 *
 * @param onLeft hears of a queue that somebody has left, once that is committed.
 * @returns how many were marked: call again while there are any.
 */
export async function emptyClosedQueues(
  pool: Pool,
  signal?: AbortSignal,
  onLeft?: (scheduleId: bigint) => void,
): Promise<number> {
  let left = 0;
  for (const { schedule_id } of await findClosedQueues.rows(pool, [queuesMax])) {
    if (signal?.aborted) break;
    const leftHere = await emptyQueue(pool, schedule_id);
    if (leftHere > 0) onLeft?.(schedule_id);
    left += leftHere;
  }
  return left;
}

function emptyQueue(pool: Pool, scheduleId: bigint): Promise<number> {
  return transaction(pool, async (client) => {
    const queue = await lockQueue.one(client, [scheduleId]);
    if (queue.state !== 'CLOSED') return 0;
    const numbers = (await findWaiting.rows(client, [scheduleId, leaveMax])).map(({ number }) => number);
    const places = await placesOf(pool, client, queue, numbers);
    const left = await leaveClosed.rows(client, [scheduleId, numbers, places]);
    const leftPlaces = ascending(left.map(({ place }) => place));
    if (left.length > 0) await recordNumbers.run(client, [scheduleId, 'LEFT', leftPlaces]);
    return left.length;
  });
}
