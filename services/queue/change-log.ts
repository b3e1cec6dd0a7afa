import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  QueueChangeSchema,
  QueueStatusSchema,
  WatchQueueResponseSchema,
  type QueueChange,
  type QueueStatus,
  type WatchQueueResponse,
} from '@boxoffice/proto/queue';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';

import { drawMessage } from './lobby/draws.ts';
import { paceOf } from './estimate.ts';
import { LeftLine } from './position-board/left-line.ts';
import { snapshotPieces } from './position-board/snapshot.ts';
import { queueStateOf } from './queue-state.ts';
import { avoidSequentialScans } from './sql/avoid-sequential-scans.ts';
import { pruneChanges, readChanges, type ChangeRow } from './sql/read-changes.ts';
import { readDraw } from './sql/read-draw.ts';
import { readLeftLine, readLeftLobby } from './sql/read-left-line.ts';
import { readStatus, type StatusRow } from './sql/read-status.ts';

/** A queue and the last of its revisions that is known already. */
export interface KnownRevision {
  readonly scheduleId: bigint;
  readonly revision: bigint;
}

/** The changes of one queue, one revision after the other. */
export interface ChangesOfQueue {
  readonly scheduleId: bigint;
  readonly changes: readonly QueueChange[];
}

/**
 * Reads what has changed in many queues since the revisions known, in one round trip; at most `limit` changes of each. The
 * first change of a queue is not the next revision when the ones between are not kept any more.
 */
export async function readChangesSince(
  pool: Pool,
  known: readonly KnownRevision[],
  limit: number,
): Promise<ChangesOfQueue[]> {
  const schedules = known.map(({ scheduleId }) => scheduleId);
  const revisions = known.map(({ revision }) => revision);
  const rows = await readChanges.rows(pool, [schedules, revisions, limit]);
  const byQueue = Map.groupBy(rows, ({ schedule_id }) => schedule_id);
  return [...byQueue].map(([scheduleId, ofQueue]) => ({ scheduleId, changes: ofQueue.map(changeMessage) }));
}

/** Tells how queues stand at this moment, in one round trip; a queue that does not exist is not in the map. */
export async function readStatuses(pool: Pool, scheduleIds: readonly bigint[]): Promise<Map<bigint, QueueStatus>> {
  const rows = await readStatus.rows(pool, [scheduleIds]);
  return new Map(rows.map((row) => [row.schedule_id, statusMessage(row)]));
}

const leftPageSize = 50_000;

/**
 * Reads a queue as it stands at one instant: the pieces of a snapshot, and a status of the same revision. A position board
 * that applies them is up to date with that revision. Undefined when there is no such queue.
 */
export async function readSnapshot(pool: Pool, scheduleId: bigint): Promise<WatchQueueResponse[] | undefined> {
  const read = async (client: PoolClient): Promise<WatchQueueResponse[] | undefined> => {
    const row = await readStatus.maybe(client, [[scheduleId]]);
    if (row === undefined) return undefined;
    const left = await readLeft(client, row);
    const draw = row.drawn_count === null ? undefined : drawMessage(await readDraw.one(client, [scheduleId]));
    const pieces = snapshotPieces({ revision: row.revision, servedThrough: row.served_through, left, draw });
    return [
      ...pieces.map((value) => create(WatchQueueResponseSchema, { event: { case: 'snapshot', value } })),
      create(WatchQueueResponseSchema, { event: { case: 'status', value: statusMessage(row) } }),
    ];
  };
  return transaction(pool, read, { isolation: 'repeatable read' });
}

/**
 * Forgets changes older than `keptMs`; returns how many, at most `limit`: call again while it is that many. Whoever wants to
 * resume before what is kept gets a snapshot.
 */
export function forgetChanges(pool: Pool, keptMs: number, limit = 5_000): Promise<number> {
  return transaction(pool, async (client) => {
    await avoidSequentialScans.run(client, []);
    return pruneChanges.run(client, [keptMs, limit]);
  });
}

/** By place; from a lobby that has not been drawn by number, also those who have been given a place already. */
async function readLeft(client: PoolClient, queue: StatusRow): Promise<LeftLine> {
  const { schedule_id: scheduleId, served_through: servedThrough, lobby } = queue;
  const left = new LeftLine(Number(servedThrough) + 1);
  let after = servedThrough;
  for (let full = true; full;) {
    const rows = await readLeftLine.rows(client, [scheduleId, after, leftPageSize]);
    for (const { place, number } of rows) left.add(Number(lobby ? number : place));
    after = rows.at(-1)?.place ?? after;
    full = rows.length === leftPageSize;
  }
  if (lobby) await readLeftOfLobby(client, scheduleId, left);
  return left;
}

async function readLeftOfLobby(client: PoolClient, scheduleId: bigint, left: LeftLine): Promise<void> {
  let after = 0n;
  for (let full = true; full;) {
    const rows = await readLeftLobby.rows(client, [scheduleId, after, leftPageSize]);
    for (const { number } of rows) left.add(Number(number));
    after = rows.at(-1)?.number ?? after;
    full = rows.length === leftPageSize;
  }
}

function statusMessage(row: StatusRow): QueueStatus {
  const pace = paceOf(row);
  return create(QueueStatusSchema, {
    revision: row.revision,
    lastNumber: row.last_number,
    state: queueStateOf(row.state),
    inLobby: row.lobby,
    opensAt: timestampFromDate(row.opens_at),
    admitCount: row.admit_count,
    admitInterval: durationFromMs(row.admit_interval_ms),
    ...(pace !== undefined && {
      admissionsPerSecond: pace.perSecond,
      admissionsObserved: pace.observed,
      admissionsDispersion: pace.dispersion,
    }),
  });
}

function changeMessage(row: ChangeRow): QueueChange {
  return create(QueueChangeSchema, {
    revision: row.revision,
    changedAt: timestampFromDate(row.changed_at),
    change: bodyOf(row),
  });
}

function bodyOf(row: ChangeRow): NonNullable<MessageInitShape<typeof QueueChangeSchema>['change']> {
  switch (row.kind) {
    case 'ADMITTED':
      return { case: 'admitted', value: { through: row.through, count: row.count } };
    case 'LEFT':
      return { case: 'left', value: { numbers: [...row.numbers] } };
    case 'ENDED':
      return { case: 'ended', value: { numbers: [...row.numbers] } };
    case 'STATE':
      return { case: 'state', value: queueStateOf(row.state) };
    case 'DRAWN':
      return { case: 'drawn', value: drawMessage(row) };
  }
}
