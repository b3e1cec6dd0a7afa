import { randomBytes } from 'node:crypto';

import type { PoolClient } from '@boxoffice/runtime/database/transaction';

import { orderOf } from './draws.ts';
import type { DrawnOrder } from '../position-board/draw.ts';
import { closeLobby, insertDraw, placeLeavers } from '../sql/draw-lots.ts';
import type { LockedQueue } from '../sql/lock-queue.ts';
import { readDraw } from '../sql/read-draw.ts';
import { readLeftLobby } from '../sql/read-left-line.ts';
import { recordDrawn, recordState } from '../sql/record-change.ts';

/** Makes the seed of a draw: 32 bytes that nobody can know before. */
export type NewSeed = () => Uint8Array;

/** A seed from the system's source of randomness. */
export const randomSeed: NewSeed = () => randomBytes(32);

/** How many of those who left the lobby get their places in one transaction: some 300 ms. */
const leaversMax = 20_000;

/**
 * Opens a queue whose time has come: draws the order of its lobby, gives those who left it their places, and lets it admit.
 *
 * Who left in the lobby is counted by place from then on, so nothing is told of the draw before all of them are placed. When
 * there are more than fit into one transaction, the queue stays as it is for those who look at it, and the next tick goes on:
 * the seed is drawn once, in the first, and joins are behind the lobby from there on.
 *
 * Locks `tails`; the caller holds the lock of the queue's row.
 *
 * @returns the queue as it is then, with the order of its lobby when that was drawn here; undefined when it has not opened.
 */
export async function openWhenDue(
  client: PoolClient,
  queue: LockedQueue,
  newSeed: NewSeed,
): Promise<{ readonly queue: LockedQueue; readonly order?: DrawnOrder } | undefined> {
  if (queue.state !== 'SCHEDULED' || !queue.due) return undefined;
  const open: LockedQueue = { ...queue, state: 'OPEN' };
  if (!queue.lobby) {
    await recordState.run(client, [queue.schedule_id, 'OPEN']);
    return { queue: open };
  }
  const order = await drawLots(client, queue.schedule_id, newSeed);
  if ((await placeSome(client, queue.schedule_id, order)) === leaversMax) return undefined;
  const drawnCount = BigInt(order.count);
  await recordDrawn.run(client, [queue.schedule_id, drawnCount]);
  await recordState.run(client, [queue.schedule_id, 'OPEN']);
  return { queue: { ...open, lobby: false, drawn_count: drawnCount }, order };
}

/** Draws the lots, or takes up the draw of an earlier tick. */
async function drawLots(client: PoolClient, scheduleId: bigint, newSeed: NewSeed): Promise<DrawnOrder> {
  const closed = await closeLobby.maybe(client, [scheduleId]);
  if (closed === undefined) return orderOf(await readDraw.one(client, [scheduleId]));
  const draw = { seed: newSeed(), drawn_count: closed.last_number };
  await insertDraw.run(client, [scheduleId, draw.seed, draw.drawn_count]);
  return orderOf(draw);
}

/** Writes the places of some of those who left the lobby; returns of how many. */
async function placeSome(client: PoolClient, scheduleId: bigint, order: DrawnOrder): Promise<number> {
  const left = await readLeftLobby.rows(client, [scheduleId, 0n, leaversMax]);
  const numbers = left.map(({ number }) => number);
  const places = numbers.map((number) => BigInt(order.place(Number(number))));
  if (numbers.length > 0) await placeLeavers.run(client, [scheduleId, numbers, places]);
  return numbers.length;
}
