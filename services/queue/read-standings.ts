import type { Pool } from '@boxoffice/runtime/database/pool';

import { drawnOrder, knownOrder } from './lobby/draws.ts';
import type { DrawnOrder } from './position-board/draw.ts';
import { describeTickets, type DescribedRow, type StandingRow } from './sql/describe-tickets.ts';

/**
 * Reads how tickets of one queue stand at one instant. Tickets that do not exist are left out. One statement; two when the
 * queue was drawn since this process last heard of it.
 */
export async function readStandings(
  pool: Pool,
  scheduleId: bigint,
  numbers: readonly bigint[],
): Promise<StandingRow[]> {
  const rows = await describe(pool, scheduleId, numbers, knownOrder(pool, scheduleId));
  if (rows.every(isPlaced)) return rows;
  const placed = await describe(pool, scheduleId, numbers, await drawnOrder(pool, scheduleId));
  if (placed.every(isPlaced)) return placed;
  throw new Error(`A ticket of queue ${scheduleId} waits and has no place`);
}

function describe(
  pool: Pool,
  scheduleId: bigint,
  numbers: readonly bigint[],
  order: DrawnOrder | undefined,
): Promise<DescribedRow[]> {
  const places = numbers.map((number) => (order === undefined ? null : BigInt(order.place(Number(number)))));
  return describeTickets.rows(pool, [scheduleId, numbers, places]);
}

function isPlaced(row: DescribedRow): row is StandingRow {
  return row.ahead !== null;
}
