import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { DrawSchema, type Draw } from '@boxoffice/proto/queue';
import type { Pool } from '@boxoffice/runtime/database/pool';
import type { Queryable } from '@boxoffice/runtime/database/statement';

import { DrawnOrder } from '../position-board/draw.ts';
import type { LockedQueue } from '../sql/lock-queue.ts';
import { readDraw, type DrawRow } from '../sql/read-draw.ts';

/** Orders kept a pool: some 50 KB each, of a lobby of a million. */
const ordersMax = 100;

/** The least recently used first. By pool, since that is what tells one database from another. */
const orders = new WeakMap<Pool, Map<bigint, DrawnOrder>>();

/**
 * The order that was drawn for the lobby of a queue: from memory, or computed from its seed, which takes some 25 ms for a
 * million. Call it when the draw is known to be committed: one that is rolled back would stay in memory.
 *
 * @param client reads the seed; in a transaction, its own.
 * @throws Error when the queue was not drawn.
 */
export async function drawnOrder(pool: Pool, scheduleId: bigint, client: Queryable = pool): Promise<DrawnOrder> {
  const ofPool = orders.get(pool) ?? new Map<bigint, DrawnOrder>();
  orders.set(pool, ofPool);
  const order = ofPool.get(scheduleId) ?? orderOf(await readDraw.one(client, [scheduleId]));
  ofPool.delete(scheduleId);
  ofPool.set(scheduleId, order);
  const [oldest] = ofPool.keys();
  if (ofPool.size > ordersMax && oldest !== undefined) ofPool.delete(oldest);
  return order;
}

/** The order that was drawn for the lobby of a queue, if it is in memory. */
export function knownOrder(pool: Pool, scheduleId: bigint): DrawnOrder | undefined {
  return orders.get(pool)?.get(scheduleId);
}

/** The order that a draw gives. */
export function orderOf({ seed, drawn_count }: Pick<DrawRow, 'seed' | 'drawn_count'>): DrawnOrder {
  return new DrawnOrder({ seed, count: drawn_count });
}

/** The places of some tickets of a queue whose row is locked; nulls while it has a lobby, where nobody has a place. */
export async function placesOf(
  pool: Pool,
  client: Queryable,
  { schedule_id, lobby, drawn_count }: LockedQueue,
  numbers: readonly bigint[],
): Promise<(bigint | null)[]> {
  if (lobby) return numbers.map(() => null);
  if (drawn_count === null || numbers.every((number) => number > drawn_count)) return [...numbers];
  const order = await drawnOrder(pool, schedule_id, client);
  return numbers.map((number) => BigInt(order.place(Number(number))));
}

/** A draw as the contract has it. */
export function drawMessage({ seed, drawn_count, drawn_at }: DrawRow): Draw {
  // The driver's buffers are parts of larger ones.
  return create(DrawSchema, { seed: Uint8Array.from(seed), count: drawn_count, drawnAt: timestampFromDate(drawn_at) });
}
