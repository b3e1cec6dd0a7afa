import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';

import { ascending } from './admission.ts';
import { findClosedQueues, leaveClosed } from './sql/leave-closed.ts';
import { lockQueue } from './sql/lock-queue.ts';
import { recordNumbers } from './sql/record-change.ts';

const queuesMax = 100;
/** As many as a change can name. */
const leaveMax = 1_000;

/**
 * Marks who still waits in closed queues as having left, a batch of each queue.
 *
 * @returns how many were marked: call again while there are any.
 */
export async function emptyClosedQueues(pool: Pool, signal?: AbortSignal): Promise<number> {
  let left = 0;
  for (const { schedule_id } of await findClosedQueues.rows(pool, [queuesMax])) {
    if (signal?.aborted) break;
    left += await emptyQueue(pool, schedule_id);
  }
  return left;
}

function emptyQueue(pool: Pool, scheduleId: bigint): Promise<number> {
  return transaction(pool, async (client) => {
    const { state } = await lockQueue.one(client, [scheduleId]);
    if (state !== 'CLOSED') return 0;
    const left = await leaveClosed.rows(client, [scheduleId, leaveMax]);
    if (left.length > 0) await recordNumbers.run(client, [scheduleId, 'LEFT', ascending(left)]);
    return left.length;
  });
}
