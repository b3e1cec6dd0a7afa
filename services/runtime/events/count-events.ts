import type { Pool } from '../database/pool.ts';
import { statement, type Queryable } from '../database/statement.ts';
import { transaction } from '../database/transaction.ts';
import { orderEvents } from './order-events.ts';

/**
 * What counts the events of a service. Each fact has its event, written once in the transaction that makes it true: what is
 * counted by events has happened, whoever did it, and a request that is told again is no second time.
 */
export interface EventCounting {
  /** Reads what there is to count of the events after a position up to another, and gives what counts it. */
  readonly read: (client: Queryable, after: bigint, through: bigint) => Promise<() => void>;
}

/** Locks the head of the log, unless somebody has it. By the primary key. */
const lockHead = statement<[], { readonly position: bigint }>(
  'lock-event-head',
  `select position from event_head for update skip locked`,
);

/**
 * Gives events their positions as `order-events` does, and counts them. Under the same lock, so that every event is counted
 * by the one process that has ordered it, once: the counts of all processes add up. What a process had counted when it died
 * before the next scrape is lost with it.
 *
 * @returns how many were ordered.
 */
export async function orderAndCount(pool: Pool, limit: number, { read }: EventCounting): Promise<number> {
  const { ordered, count } = await transaction(pool, async (client) => {
    const head = await lockHead.maybe(client, []);
    if (head === undefined) return { ordered: 0, count: undefined };
    const { ordered } = await orderEvents.one(client, [limit]);
    if (ordered === 0) return { ordered, count: undefined };
    return { ordered, count: await read(client, head.position, head.position + BigInt(ordered)) };
  });
  count?.();
  return ordered;
}
