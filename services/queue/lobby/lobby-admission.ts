import type { PoolClient } from '@boxoffice/runtime/database/transaction';

import type { DrawnOrder } from '../position-board/draw.ts';
import { admitDrawn } from '../sql/admit-drawn.ts';
import { readRoom } from '../sql/admission-room.ts';
import { readLeftLine } from '../sql/read-left-line.ts';

/** Who has left, read at once: few at first, since few are needed as a rule; more when many in a row have left. */
const leftReadMin = 1_000;
const leftReadMax = 50_000;

/** An admission from a lobby that was drawn. */
export interface LobbyAdmission {
  readonly count: number;
  /** The highest place admitted; undefined when nobody was. */
  readonly through: bigint | undefined;
  /** There was room for more: nobody of the lobby waits any more. */
  readonly emptied: boolean;
}

/**
 * Admits the lowest waiting places of a lobby that was drawn, as many as the policy leaves room for, all at one moment. Their
 * places are not in the table: everybody of the lobby behind the served part waits, but those who have left, whose places
 * are. So the places to admit are the gaps between those, and the order tells whose they are.
 *
 * Locks the tickets it admits; the caller holds the lock of the queue's row.
 */
export async function admitFromLobby(
  client: PoolClient,
  order: DrawnOrder,
  queue: { readonly scheduleId: bigint; readonly servedThrough: bigint; readonly admissionsMax: number },
): Promise<LobbyAdmission> {
  const { scheduleId, servedThrough, admissionsMax } = queue;
  const room = await readRoom.one(client, [scheduleId, admissionsMax]);
  const places = await lowestWaiting(client, {
    scheduleId,
    after: Number(servedThrough),
    through: order.count,
    count: room.places,
  });
  const emptied = places.length < room.places;
  if (places.length === 0) return { count: 0, through: undefined, emptied };
  const drawn = places.map((place) => ({ place, number: order.number(place) })).sort((a, b) => a.number - b.number);
  const rows = await admitDrawn.rows(client, [
    scheduleId,
    drawn.map(({ number }) => BigInt(number)),
    drawn.map(({ place }) => BigInt(place)),
    room.at,
    room.until,
  ]);
  if (rows.length !== places.length) {
    throw new Error(`Of ${places.length} places of the lobby of queue ${scheduleId}, ${rows.length} waited`);
  }
  return { count: rows.length, through: BigInt(places.at(-1) ?? 0), emptied };
}

/** The lowest places after one that nobody has left, up to a number of them, ascending. */
async function lowestWaiting(
  client: PoolClient,
  line: { readonly scheduleId: bigint; readonly after: number; readonly through: number; readonly count: number },
): Promise<number[]> {
  const waiting: number[] = [];
  let limit = leftReadMin;
  for (let after = line.after; waiting.length < line.count && after < line.through;) {
    const rows = await readLeftLine.rows(client, [line.scheduleId, BigInt(after), limit]);
    const left = new Set(rows.map(({ place }) => Number(place)));
    const last = rows.length < limit ? line.through : Math.min(line.through, Number(rows.at(-1)?.place));
    for (let place = after + 1; place <= last && waiting.length < line.count; place++) {
      if (!left.has(place)) waiting.push(place);
    }
    after = last;
    limit = Math.min(limit * 2, leftReadMax);
  }
  return waiting;
}
