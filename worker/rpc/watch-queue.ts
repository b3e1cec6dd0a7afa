import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  QueueStatusSchema,
  type PositionService,
  type QueueChange,
  type WatchQueueResponse,
} from '@boxoffice/proto/queue';
import { readChangesSince } from '@boxoffice/queue/change-log';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { refuse } from '@boxoffice/runtime/error';

import type { Deps } from '../deps.ts';
import { change, status } from '../messages.ts';
import type { QueueTail } from '../queue-tail.ts';

const statusIntervalMs = 1_000;
const pageSize = 500;

/**
 * Streams a whole queue. The tail is watched before anything is sent, so that no change falls between the snapshot and what
 * follows. A status is sent when one was read: a worker that cannot read falls silent, and its readers know. Whether there is
 * a lobby is told as of what was sent, since the tail may have gone on to its draw meanwhile.
 */
export const watchQueue = ({ pool, tails }: Deps): ServiceImpl<typeof PositionService>['watchQueue'] =>
  async function* ({ scheduleId, afterRevision }, { signal }) {
    using watched = await tails.watch(scheduleId);
    const { tail } = watched;
    // Whoever comes from a worker that is a moment ahead of this one.
    if (afterRevision > tail.revision) await tails.poll();
    let sent = afterRevision;
    let { inLobby } = tail.board;
    if (!(await canResume(pool, tail, afterRevision))) {
      ({ revision: sent, inLobby } = tail.board);
      yield* [...tail.board.snapshot()];
    }
    // A status makes its reader trust its board: none before it has all that was known here when it came.
    const known = tail.revision;
    for (let statusCount = -1; !signal.aborted;) {
      for (const value of await changesAfter(pool, tail, sent)) {
        yield change(value);
        sent = value.revision;
        inLobby &&= value.change.case !== 'drawn';
      }
      if (sent >= known && tail.statusCount !== statusCount) {
        statusCount = tail.statusCount;
        yield statusAt(tail, sent, inLobby);
      }
      if (sent === tail.revision && tail.statusCount === statusCount) await tail.next(signal, statusIntervalMs);
    }
  };

async function canResume(pool: Pool, tail: QueueTail, revision: bigint): Promise<boolean> {
  if (revision === 0n || revision > tail.revision) return false;
  if (tail.changesAfter(revision) !== undefined) return true;
  const [next] = await readKept(pool, tail.scheduleId, revision, 1);
  return next?.revision === revision + 1n;
}

/** @throws ServiceError BUSY when the reader is so far behind that the next change is not kept any more: it has to resume. */
async function changesAfter(pool: Pool, tail: QueueTail, sent: bigint): Promise<readonly QueueChange[]> {
  const recent = tail.changesAfter(sent);
  if (recent !== undefined) return recent;
  const kept = await readKept(pool, tail.scheduleId, sent, pageSize);
  if (kept[0]?.revision !== sent + 1n) {
    throw refuse('BUSY', 'this stream is too far behind: open another', { retryAfterMs: 0 });
  }
  return kept;
}

async function readKept(
  pool: Pool,
  scheduleId: bigint,
  revision: bigint,
  limit: number,
): Promise<readonly QueueChange[]> {
  const [read] = await readChangesSince(pool, [{ scheduleId, revision }], limit);
  return read?.changes ?? [];
}

function statusAt(tail: QueueTail, revision: bigint, inLobby: boolean): WatchQueueResponse {
  return status(create(QueueStatusSchema, { ...tail.status, revision, inLobby }));
}
