import { noFaults, type FaultPoints } from '@boxoffice/runtime/fault-points';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';
import { Groups } from '@boxoffice/runtime/groups';

import { ascending } from './admission.ts';
import type { FaultPoint } from './fault-points.ts';
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
}

/** Tickets in one transaction at most: as many as one change can name. */
const groupMax = 1_000;
/**
 * Ends tickets in groups, each one transaction. All that changes a queue takes the lock of its row; one by one they would wait
 * for each other's commits. A number is in a group once, since the statements go by numbers.
 */
export class Endings {
  readonly #groups: Groups<bigint, Ending, void>;

  constructor(pool: Pool, faults: FaultPoints<FaultPoint> = noFaults) {
    this.#groups = new Groups({
      groupMax,
      keyOf: ({ number }) => number,
      run: async (scheduleId, group) => {
        const endings = group.map(({ item }) => item);
        await transaction(pool, async (client) => {
          await endGroup(pool, client, scheduleId, endings);
          await faults.reach('ticket/end-written');
        });
        await faults.reach('ticket/end-committed');
        for (const { resolve } of group) resolve();
      },
    });
  }

  /**
   * Gives a live ticket up; one whose time had run out becomes expired. One that is over stays as it is.
   *
   * @throws ServiceError BUSY when too many wait already; what the database throws.
   */
  leave(ticket: TicketKey): Promise<void> {
    return this.#groups.add(ticket.scheduleId, { ...ticket, paymentId: undefined });
  }

  /**
   * Completes a ticket that was admitted, over or not. One that never was, or is completed already, stays as it is.
   *
   * @throws as {@link leave}.
   */
  complete(ticket: TicketKey, paymentId: bigint): Promise<void> {
    return this.#groups.add(ticket.scheduleId, { ...ticket, paymentId });
  }
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
