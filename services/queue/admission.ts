import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';

import { admitTickets } from './sql/admit-tickets.ts';
import { expireTickets } from './sql/expire-tickets.ts';
import { findDueQueues } from './sql/find-due-queues.ts';
import { lockQueue, type LockedQueue } from './sql/lock-queue.ts';
import { recordAdmitted, recordNumbers, recordState } from './sql/record-change.ts';
import { takeTurn } from './sql/take-turn.ts';

/** The limits of a tick. */
export interface TickOptions {
  /** Queues at most; the others wait for the next tick. */
  readonly queuesMax?: number;
  /** Admissions at most, of one queue. A queue without any limit admits so many a tick. */
  readonly admissionsMax?: number;
  /** Ends the tick between two queues. */
  readonly signal?: AbortSignal;
  /** Hears of a queue that failed while others did not. Without it, that is thrown when the others have had their turn. */
  readonly onFailure?: (scheduleId: bigint, error: unknown) => void;
}

/** What a tick has done. */
export interface TickResult {
  /** Queues that this tick had the turn of; those that another worker was ticking do not count. */
  readonly queues: number;
  readonly opened: number;
  readonly admitted: number;
  readonly expired: number;
}

const queuesMaxDefault = 5_000;
const admissionsMaxDefault = 5_000;
/** As many as one change can name. */
const expiriesMax = 1_000;

/**
 * Ticks every queue that has something to do: opens it when its time has come, expires admitted tickets, and admits as many
 * as its policy leaves room for. Any number of workers may tick at once: one queue is ticked by one of them at a time. Each
 * queue is a transaction of its own.
 *
 * @throws the database's error, when it fails for all of them. A queue that fails does not keep the others
 * from their turn.
 */
export async function tick(pool: Pool, options: TickOptions = {}): Promise<TickResult> {
  const { queuesMax = queuesMaxDefault, admissionsMax = admissionsMaxDefault, signal, onFailure } = options;
  const due = await findDueQueues.rows(pool, [queuesMax]);
  const done = { queues: 0, opened: 0, admitted: 0, expired: 0 };
  const failures: { readonly scheduleId: bigint; readonly error: unknown }[] = [];
  // From a random one on, so that workers do not follow on each other's heels.
  for (const { schedule_id: scheduleId } of rotated(due)) {
    if (signal?.aborted) break;
    try {
      const result = await tickQueue(pool, scheduleId, admissionsMax);
      done.queues += result.queues;
      done.opened += result.opened;
      done.admitted += result.admitted;
      done.expired += result.expired;
    } catch (error) {
      failures.push({ scheduleId, error });
    }
  }
  const [first] = failures;
  if (first !== undefined && (onFailure === undefined || failures.length === due.length)) throw first.error;
  for (const { scheduleId, error } of failures) onFailure?.(scheduleId, error);
  return done;
}

/** Ticks one queue, unless another worker is at it. */
export async function tickQueue(
  pool: Pool,
  scheduleId: bigint,
  admissionsMax = admissionsMaxDefault,
): Promise<TickResult> {
  return transaction(pool, async (client) => {
    const turn = await takeTurn.maybe(client, [scheduleId]);
    if (turn === undefined) return { queues: 0, opened: 0, admitted: 0, expired: 0 };
    const queue = await lockQueue.one(client, [scheduleId]);
    const opened = await openWhenDue(client, queue);
    const expired = await expire(client, scheduleId);
    const admitted = queue.state === 'OPEN' || opened ? await admit(client, scheduleId, admissionsMax) : 0;
    return { queues: 1, opened: opened ? 1 : 0, admitted, expired };
  });
}

async function openWhenDue(client: PoolClient, queue: LockedQueue): Promise<boolean> {
  if (queue.state !== 'SCHEDULED' || !queue.due) return false;
  await recordState.run(client, [queue.schedule_id, 'OPEN']);
  return true;
}

async function expire(client: PoolClient, scheduleId: bigint): Promise<number> {
  const rows = await expireTickets.rows(client, [scheduleId, expiriesMax]);
  if (rows.length > 0) {
    await recordNumbers.run(client, [scheduleId, 'ENDED', ascending(rows)]);
  }
  return rows.length;
}

async function admit(client: PoolClient, scheduleId: bigint, admissionsMax: number): Promise<number> {
  const { count, through } = await admitTickets.one(client, [scheduleId, admissionsMax]);
  if (through === null) return 0;
  if (count > admissionsMax) throw new Error(`A tick admitted ${count} tickets, ${admissionsMax} at most`);
  await recordAdmitted.run(client, [scheduleId, through, count]);
  return count;
}

/** The numbers of rows in ascending order, as changes have them. */
export function ascending(rows: readonly { readonly number: bigint }[]): bigint[] {
  return rows.map(({ number }) => number).sort((a, b) => (a < b ? -1 : 1));
}

function rotated<T>(list: readonly T[]): T[] {
  const start = Math.floor(Math.random() * list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}
