import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse } from '@boxoffice/runtime/error';

import { ascending } from './admission.ts';
import { placesOf } from './lobby/draws.ts';
import { completeTickets, leaveTickets, type EndedRow } from './sql/end-tickets.ts';
import { lockQueue, type LockedQueue } from './sql/lock-queue.ts';
import { recordNumbers } from './sql/record-change.ts';

/** Names a ticket beyond doubt. */
export interface TicketKey {
  readonly scheduleId: bigint;
  readonly number: bigint;
  readonly ticketId: string;
}

interface Ending extends TicketKey {
  /** The payment that completes it; undefined: it is given up. */
  readonly paymentId: bigint | undefined;
  readonly result: PromiseWithResolvers<void>;
}

/** Tickets in one transaction at most: as many as one change can name. */
const groupMax = 1_000;
/** Tickets that wait for a transaction at most, in the whole process: further ones are told to try again. */
const waitingMax = 20_000;

/**
 * Ends tickets in groups: what comes while a group is being written is the next one. All that changes a queue takes the lock of
 * its row; one by one they would wait for each other's commits. A single one waits for nothing.
 */
export class Endings {
  readonly #pool: Pool;
  readonly #waiting = new Map<bigint, Ending[]>();
  #count = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /**
   * Gives a live ticket up; one whose time had run out becomes expired. One that is over stays as it is.
   *
   * @throws ServiceError BUSY when too many wait already; what the database throws.
   */
  leave(ticket: TicketKey): Promise<void> {
    return this.#end(ticket, undefined);
  }

  /**
   * Completes a ticket that was admitted, over or not. One that never was, or is completed already, stays as it is.
   *
   * @throws as {@link leave}.
   */
  complete(ticket: TicketKey, paymentId: bigint): Promise<void> {
    return this.#end(ticket, paymentId);
  }

  async #end({ scheduleId, number, ticketId }: TicketKey, paymentId: bigint | undefined): Promise<void> {
    if (this.#count >= waitingMax) throw refuse('BUSY', 'too many tickets end at this moment', { retryAfterMs: 500 });
    const ending: Ending = { scheduleId, number, ticketId, paymentId, result: Promise.withResolvers() };
    this.#count++;
    const line = this.#waiting.get(scheduleId);
    if (line === undefined) {
      this.#waiting.set(scheduleId, [ending]);
      void this.#writeAll(scheduleId);
    } else {
      line.push(ending);
    }
    return ending.result.promise;
  }

  async #writeAll(scheduleId: bigint): Promise<void> {
    for (;;) {
      const group = takeGroup(this.#waiting.get(scheduleId) ?? []);
      if (group.length === 0) break;
      this.#count -= group.length;
      await this.#write(scheduleId, group);
    }
    this.#waiting.delete(scheduleId);
  }

  async #write(scheduleId: bigint, group: readonly Ending[]): Promise<void> {
    try {
      await transaction(this.#pool, (client) => endGroup(this.#pool, client, scheduleId, group));
      for (const { result } of group) result.resolve();
    } catch (error) {
      for (const { result } of group) result.reject(error);
    }
  }
}

/** Takes the first from the line, each number once: what comes twice is in the next group again. */
function takeGroup(line: Ending[]): Ending[] {
  const numbers = new Set<bigint>();
  const rest: Ending[] = [];
  const group = line.splice(0).filter((ending) => {
    const taken = numbers.size < groupMax && !numbers.has(ending.number);
    if (taken) numbers.add(ending.number);
    else rest.push(ending);
    return taken;
  });
  line.push(...rest);
  return group;
}

async function endGroup(pool: Pool, client: PoolClient, scheduleId: bigint, group: readonly Ending[]): Promise<void> {
  const queue = await lockQueue.one(client, [scheduleId]);
  const inOrder = group.toSorted((a, b) => (a.number < b.number ? -1 : 1));
  const left = await leaveAll(
    pool,
    client,
    queue,
    inOrder.filter(({ paymentId }) => paymentId === undefined),
  );
  const completed = await completeAll(client, scheduleId, inOrder);
  const waited = left.filter(({ was }) => was === 'WAITING').map(({ place }) => place);
  const ended = [...left.filter(({ was }) => was !== 'WAITING'), ...completed].map(({ number }) => number);
  if (waited.length > 0) await recordNumbers.run(client, [scheduleId, 'LEFT', ascending(waited)]);
  if (ended.length > 0) await recordNumbers.run(client, [scheduleId, 'ENDED', ascending(ended)]);
}

async function leaveAll(
  pool: Pool,
  client: PoolClient,
  queue: LockedQueue,
  leaving: readonly Ending[],
): Promise<EndedRow[]> {
  if (leaving.length === 0) return [];
  const numbers = leaving.map(({ number }) => number);
  const places = await placesOf(pool, client, queue, numbers);
  return leaveTickets.rows(client, [queue.schedule_id, numbers, places, leaving.map(({ ticketId }) => ticketId)]);
}

async function completeAll(client: PoolClient, scheduleId: bigint, group: readonly Ending[]): Promise<EndedRow[]> {
  const paid = group.flatMap(({ number, ticketId, paymentId }) =>
    paymentId === undefined ? [] : [{ number, ticketId, paymentId }],
  );
  if (paid.length === 0) return [];
  return completeTickets.rows(client, [
    scheduleId,
    paid.map(({ number }) => number),
    paid.map(({ paymentId }) => paymentId),
    paid.map(({ ticketId }) => ticketId),
  ]);
}
