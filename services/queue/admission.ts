import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';

import { drawnOrder } from './lobby/draws.ts';
import { admitFromLobby, type LobbyAdmission } from './lobby/lobby-admission.ts';
import { openWhenDue, randomSeed, type NewSeed } from './lobby/opening.ts';
import type { DrawnOrder } from './position-board/draw.ts';
import { admitTickets } from './sql/admit-tickets.ts';
import { expireTickets } from './sql/expire-tickets.ts';
import { findDueQueues } from './sql/find-due-queues.ts';
import { lockQueue, type LockedQueue } from './sql/lock-queue.ts';
import { recordAdmitted, recordNumbers } from './sql/record-change.ts';
import { takeTurn } from './sql/take-turn.ts';

/** The limits of a tick. */
export interface TickOptions {
  /** Queues at most; the others wait for the next tick. */
  readonly queuesMax?: number;
  /** Admissions at most, of one queue. A queue without any limit admits so many a tick. */
  readonly admissionsMax?: number;
  /** Ends the tick between two queues. */
  readonly signal?: AbortSignal;
  /** Goes around the tick of each queue that has something to do: to follow it. */
  readonly around?: <T>(scheduleId: bigint, ticking: () => Promise<T>) => Promise<T>;
  /** Hears of a queue that was changed, once that is committed. */
  readonly onChanged?: (scheduleId: bigint) => void;
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
  const { queuesMax = queuesMaxDefault, admissionsMax = admissionsMaxDefault, signal, onChanged, onFailure } = options;
  const { around = (_, ticking) => ticking() } = options;
  const due = await findDueQueues.rows(pool, [queuesMax]);
  const done = { queues: 0, opened: 0, admitted: 0, expired: 0 };
  const failures: { readonly scheduleId: bigint; readonly error: unknown }[] = [];
  // From a random one on, so that workers do not follow on each other's heels.
  for (const { schedule_id: scheduleId } of rotated(due)) {
    if (signal?.aborted) break;
    try {
      const result = await around(scheduleId, () => tickQueue(pool, scheduleId, admissionsMax));
      done.queues += result.queues;
      done.opened += result.opened;
      done.admitted += result.admitted;
      done.expired += result.expired;
      if (isChange(result)) onChanged?.(scheduleId);
    } catch (error) {
      failures.push({ scheduleId, error });
    }
  }
  const [first] = failures;
  if (first !== undefined && (onFailure === undefined || failures.length === due.length)) throw first.error;
  for (const { scheduleId, error } of failures) onFailure?.(scheduleId, error);
  return done;
}

/** Whether a tick has changed anything. */
export function isChange({ opened, admitted, expired }: TickResult): boolean {
  return opened + admitted + expired > 0;
}

/** Ticks one queue, unless another worker is at it. When that opens it, its lobby is drawn with a new seed. */
export async function tickQueue(
  pool: Pool,
  scheduleId: bigint,
  admissionsMax = admissionsMaxDefault,
  newSeed: NewSeed = randomSeed,
): Promise<TickResult> {
  return transaction(pool, async (client) => {
    const turn = await takeTurn.maybe(client, [scheduleId]);
    if (turn === undefined) return { queues: 0, opened: 0, admitted: 0, expired: 0 };
    const locked = await lockQueue.one(client, [scheduleId]);
    const opening = await openWhenDue(client, locked, newSeed);
    const expired = await expire(client, scheduleId);
    const queue = opening?.queue ?? locked;
    let admitted = 0;
    if (queue.state === 'OPEN') {
      // A draw of this transaction is not committed: its order must not be kept.
      const order = opening?.order ?? (await orderStillServed(pool, client, queue));
      admitted = await admit(client, queue, admissionsMax, order);
    }
    return { queues: 1, opened: opening === undefined ? 0 : 1, admitted, expired };
  });
}

/** The order of the lobby while it is being served. */
async function orderStillServed(pool: Pool, client: PoolClient, queue: LockedQueue): Promise<DrawnOrder | undefined> {
  const { schedule_id, served_through, drawn_count } = queue;
  return drawn_count !== null && served_through < drawn_count ? drawnOrder(pool, schedule_id, client) : undefined;
}

async function expire(client: PoolClient, scheduleId: bigint): Promise<number> {
  const rows = await expireTickets.rows(client, [scheduleId, expiriesMax]);
  if (rows.length > 0) {
    const numbers = rows.map(({ number }) => number);
    await recordNumbers.run(client, [scheduleId, 'ENDED', ascending(numbers)]);
  }
  return rows.length;
}

/** First the lobby, in the order that was drawn; who came after it, when nobody of it waits any more. */
async function admit(
  client: PoolClient,
  queue: LockedQueue,
  admissionsMax: number,
  order: DrawnOrder | undefined,
): Promise<number> {
  const { schedule_id: scheduleId, served_through: servedThrough } = queue;
  const lobby: LobbyAdmission | undefined =
    order && (await admitFromLobby(client, order, { scheduleId, servedThrough, admissionsMax }));
  if (lobby?.through !== undefined) await recordAdmitted.run(client, [scheduleId, lobby.through, lobby.count]);
  const fromLobby = lobby?.count ?? 0;
  if (lobby?.emptied === false) return fromLobby;
  return fromLobby + (await admitByNumber(client, scheduleId, admissionsMax - fromLobby));
}

async function admitByNumber(client: PoolClient, scheduleId: bigint, admissionsMax: number): Promise<number> {
  const { count, through } = await admitTickets.one(client, [scheduleId, admissionsMax]);
  if (through === null) return 0;
  if (count > admissionsMax) throw new Error(`A tick admitted ${count} tickets, ${admissionsMax} at most`);
  await recordAdmitted.run(client, [scheduleId, through, count]);
  return count;
}

/** Numbers or places in ascending order, as changes have them. */
export function ascending(numbers: readonly bigint[]): bigint[] {
  return numbers.toSorted((a, b) => (a < b ? -1 : 1));
}

function rotated<T>(list: readonly T[]): T[] {
  const start = Math.floor(Math.random() * list.length);
  return [...list.slice(start), ...list.slice(0, start)];
}
