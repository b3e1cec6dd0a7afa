import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction } from '@boxoffice/runtime/database/transaction';

import { orderOf } from './draws.ts';
import { insertDrawnPlaces, noteWritten, takeUnwrittenDraw } from '../sql/write-drawn-places.ts';

/** Places in one row. */
const pieceSize = 10_000;
/** Rows in one transaction: some 200 ms. */
const piecesMax = 10;

/**
 * Writes the next part of a drawn order that is not in the database yet, so that it can be read there by whoever does not want
 * to compute it. The opening does not wait for this. What breaks off is taken up where it was, by any worker.
 *
 * @returns whether there may be more: call again then.
 */
export function writeDrawnPlaces(pool: Pool): Promise<boolean> {
  return transaction(pool, async (client) => {
    const draw = await takeUnwrittenDraw.maybe(client, []);
    if (draw === undefined) return false;
    const order = orderOf(draw);
    let through = Number(draw.written_through);
    for (let piece = 0; piece < piecesMax && through < order.count; piece++) {
      const length = Math.min(pieceSize, order.count - through);
      const first = through + 1;
      const places = Array.from({ length }, (_, index) => order.place(first + index));
      await insertDrawnPlaces.run(client, [draw.schedule_id, BigInt(first), places]);
      through += length;
    }
    await noteWritten.run(client, [draw.schedule_id, BigInt(through)]);
    return true;
  });
}
