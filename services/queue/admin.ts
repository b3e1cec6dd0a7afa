import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { HandlerContext } from '@connectrpc/connect';
import {
  QueueSchema,
  type CloseQueueRequest,
  type Draw,
  type PauseQueueRequest,
  type Queue,
  type ResumeQueueRequest,
} from '@boxoffice/proto/queue';
import { recordAction } from '@boxoffice/runtime/database/actions';
import type { Pool } from '@boxoffice/runtime/database/pool';
import type { Queryable } from '@boxoffice/runtime/database/statement';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse, type ServiceError } from '@boxoffice/runtime/error';

import { drawMessage } from './lobby/draws.ts';
import { policyMessage } from './policy.ts';
import { queueStateOf, stateAfter, type QueueCommand } from './queue-state.ts';
import { closeTail } from './sql/close-tail.ts';
import { describeQueues, type QueueRow } from './sql/describe-queues.ts';
import { lockQueue, type LockedQueue } from './sql/lock-queue.ts';
import { recordState } from './sql/record-change.ts';

/** A queue as the contract has it. */
export function queueMessage(row: QueueRow): Queue {
  const draw = drawOf(row);
  return create(QueueSchema, {
    scheduleId: row.schedule_id,
    state: queueStateOf(row.state),
    policy: policyMessage(row),
    opensAt: timestampFromDate(row.opens_at),
    waiting: row.waiting,
    admitted: row.admitted,
    admittedTotal: row.admitted_total,
    issuedTotal: row.issued_total,
    createdAt: timestampFromDate(row.created_at),
    ...(draw !== undefined && { draw }),
  });
}

function drawOf({ seed, drawn_count, drawn_at }: QueueRow): Draw | undefined {
  if (seed === null || drawn_count === null || drawn_at === null) return undefined;
  return drawMessage({ seed, drawn_count, drawn_at });
}

/** Reads a queue with its live numbers. @throws ServiceError QUEUE_UNKNOWN */
export async function readQueue(client: Queryable, scheduleId: bigint): Promise<Queue> {
  const row = await describeQueues.maybe(client, [scheduleId, scheduleId, 1]);
  if (row === undefined) throw queueUnknown(scheduleId);
  return queueMessage(row);
}

/** Locks a queue that is to be changed. @throws ServiceError QUEUE_UNKNOWN */
export async function lockKnownQueue(client: PoolClient, scheduleId: bigint): Promise<LockedQueue> {
  const queue = await lockQueue.maybe(client, [scheduleId]);
  if (queue === undefined) throw queueUnknown(scheduleId);
  return queue;
}

/**
 * Pauses, resumes or closes a queue. What changes nothing succeeds, and writes nothing but that it was asked for.
 *
 * @throws ServiceError QUEUE_UNKNOWN, QUEUE_CLOSED.
 */
export function steer(
  pool: Pool,
  command: QueueCommand,
  request: PauseQueueRequest | ResumeQueueRequest | CloseQueueRequest,
  context: HandlerContext,
): Promise<Queue> {
  const { scheduleId } = request;
  return transaction(pool, async (client) => {
    const { state, due, lobby } = await lockKnownQueue(client, scheduleId);
    const next = stateAfter(command, state, due && !lobby);
    if (next === undefined) throw queueClosed(scheduleId);
    if (next !== state) {
      if (next === 'CLOSED') await closeTail.run(client, [scheduleId]);
      await recordState.run(client, [scheduleId, next]);
    }
    const subject = { kind: 'queues', id: scheduleId, field: 'scheduleId' };
    await recordAction(client, context, request, subject, next !== state);
    return readQueue(client, scheduleId);
  });
}

/** The refusal of whatever a closed queue does not do. */
export function queueClosed(scheduleId: bigint): ServiceError {
  return refuse('QUEUE_CLOSED', `the queue of schedule ${scheduleId} is closed`);
}

function queueUnknown(scheduleId: bigint): ServiceError {
  return refuse('QUEUE_UNKNOWN', `schedule ${scheduleId} has no queue`);
}
