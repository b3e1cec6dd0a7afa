import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { tick } from '../admission.ts';
import { forgetChanges, readChangesSince, readSnapshot, readStatuses } from '../change-log.ts';
import { PositionBoard } from '../position-board.ts';
import { WaitingRoom } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open();
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

/** A queue in which something has happened: five joined, two are inside, number 4 has left. */
async function busyQueue(): Promise<{ scheduleId: bigint; tokens: string[] }> {
  const scheduleId = await room.schedule({ maxActive: 2 });
  const tokens = (await room.join(scheduleId, 5)).map(({ token }) => token);
  await tick(room.pool);
  await room.queue().leave({ token: tokens[3] ?? '' });
  return { scheduleId, tokens };
}

test('a snapshot and the changes after it make the board that all changes make', async () => {
  const { scheduleId, tokens } = await busyQueue();
  const board = new PositionBoard();
  for (const message of (await readSnapshot(room.pool, scheduleId)) ?? []) board.apply(message);
  expect(board.complete).toBe(true);
  expect(board.standing(5n)).toEqual({ status: 'waiting', ahead: 1 });
  expect(board.lastNumber).toBe(5n);

  await room.queue().leave({ token: tokens[0] ?? '' });
  await room.queue().leave({ token: tokens[2] ?? '' });
  const [read] = await readChangesSince(room.pool, [{ scheduleId, revision: board.revision }], 100);
  expect(read?.changes.map(({ change }) => change.case)).toEqual(['ended', 'left']);
  for (const value of read?.changes ?? []) {
    board.apply({ $typeName: 'boxoffice.queue.v1.WatchQueueResponse', event: { case: 'change', value } });
  }
  expect(board.standing(5n)).toEqual({ status: 'waiting', ahead: 0 });
  expect((await room.ticket(tokens[4] ?? '')).ahead).toBe(0n);
});

test('changes of many queues are read at once, each from where it is known, up to a limit', async () => {
  const [one, other] = [await busyQueue(), await busyQueue()];
  const read = await readChangesSince(
    room.pool,
    [
      { scheduleId: one.scheduleId, revision: 0n },
      { scheduleId: other.scheduleId, revision: 1n },
    ],
    1,
  );
  const revisions = read.map(({ scheduleId, changes }) => [scheduleId, changes.map(({ revision }) => revision)]);
  expect(revisions).toEqual([
    [one.scheduleId, [1n]],
    [other.scheduleId, [2n]],
  ]);
});

test('a queue that does not exist has neither a snapshot nor a status', async () => {
  const { scheduleId } = await busyQueue();
  expect(await readSnapshot(room.pool, 999_999n)).toBeUndefined();
  expect([...(await readStatuses(room.pool, [scheduleId, 999_999n])).keys()]).toEqual([scheduleId]);
});

test('old changes are forgotten, in batches, and leave a gap that shows', async () => {
  const { scheduleId } = await busyQueue();
  await room.pool.query(
    `update changes set changed_at = now() - interval '1 hour' where schedule_id = $1 and revision < 2`,
    [scheduleId],
  );
  expect(await forgetChanges(room.pool, 60_000)).toBe(1);
  expect(await forgetChanges(room.pool, 60_000)).toBe(0);
  const [read] = await readChangesSince(room.pool, [{ scheduleId, revision: 0n }], 10);
  expect(read?.changes[0]?.revision).toBe(2n);
});
