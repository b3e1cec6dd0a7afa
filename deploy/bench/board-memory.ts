/** Measures what the board of a queue needs: builds it from a snapshot. A process of its own, with --expose-gc. */
import { PositionBoard } from '@boxoffice/queue/position-board';
import { readSnapshot } from '@boxoffice/queue/change-log';
import { openPool } from '@boxoffice/runtime/database/pool';

/** Which queue. */
export interface BoardOrder {
  readonly url: string;
  readonly scheduleId: bigint;
}

/** What its board needs. */
export interface BoardAnswer {
  readonly bytes: number;
  readonly waiting: number;
}

async function measure({ url, scheduleId }: BoardOrder): Promise<BoardAnswer> {
  await using pool = openPool({ url, schema: 'queue', applicationName: 'bench-board', max: 1 });
  const messages = (await readSnapshot(pool, scheduleId)) ?? [];
  const before = usedBytes();
  const board = new PositionBoard();
  for (const message of messages) board.apply(message);
  const bytes = usedBytes() - before;
  // The messages have to live up to here, or what they leave would be taken off.
  if (messages.length === 0) throw new Error(`there is no queue ${scheduleId}`);
  return { bytes, waiting: board.waiting };
}

/** Of objects and of byte arrays, after everything that can go has gone. */
function usedBytes(): number {
  for (let turn = 0; turn < 3; turn++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

process.on('disconnect', () => process.exit(0));
process.once('message', (order: BoardOrder) => {
  void measure(order).then((answer) => process.send?.(answer));
});
