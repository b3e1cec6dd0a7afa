import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { readSnapshot } from '../change-log.ts';
import { PositionBoard } from '../position-board.ts';
import { readStatus, type StatusRow } from '../sql/read-status.ts';
import { WaitingRoom, type PolicyParts } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open();
});
afterAll(() => room[Symbol.asyncDispose]());

/** Admissions of a queue, as [seconds ago, how many], the oldest first. */
type Admissions = readonly (readonly [secondsAgo: number, count: number])[];

/** A queue whose policy was set so long ago, and which has admitted just these. */
async function queueWith(policy: PolicyParts, admissions: Admissions, policySecondsAgo = 3_600): Promise<bigint> {
  const scheduleId = await room.schedule(policy);
  const total = admissions.reduce((sum, [, count]) => sum + count, 0);
  await room.pool.query(
    `insert into changes (schedule_id, revision, changed_at, kind, through, count)
     select $1, row_number() over (order by ago desc), now() - ago * interval '1 second', 'ADMITTED',
       sum(count) over (order by ago desc), count
     from unnest($2::float8[], $3::integer[]) as admission (ago, count)`,
    [scheduleId, admissions.map(([ago]) => ago), admissions.map(([, count]) => count)],
  );
  await room.pool.query(
    `update queues
     set revision = $2, served_through = $3, admitted_total = $3, policy_since = now() - $4 * interval '1 second'
     where schedule_id = $1`,
    [scheduleId, admissions.length, total, policySecondsAgo],
  );
  return scheduleId;
}

async function paceRow(...queue: Parameters<typeof queueWith>): Promise<StatusRow> {
  return readStatus.one(room.pool, [[await queueWith(...queue)]]);
}

describe('the pace of a queue', () => {
  test('is observed for two minutes, in a dozen spans', async () => {
    const row = await paceRow({ maxActive: 10 }, [
      [500, 100],
      [119, 7],
      [115, 3],
      [35, 20],
      [5, 1],
    ]);
    expect(row.seconds).toBeCloseTo(120, 1);
    expect(row.admitted).toBe(31);
    expect(row.squares).toBe((7 + 3) ** 2 + 20 ** 2 + 1);
  });

  test('leaves out those who filled the places at the opening, in one tick or in many', async () => {
    const row = await paceRow({ maxActive: 10 }, [
      [70, 4],
      [65, 4],
      [60, 2],
      [50, 1],
      [20, 2],
    ]);
    expect(row.seconds).toBeCloseTo(60, 1);
    expect(row.admitted).toBe(3);
    expect(row.squares).toBe(1 + 2 ** 2);
  });

  test('leaves out the first admission after a change of policy, which may have made room', async () => {
    const admissions = [
      [500, 100],
      [100, 5],
      [39, 50],
      [20, 2],
    ] as const;
    const row = await paceRow({ maxActive: 60 }, admissions, 40);
    expect(row.seconds).toBeCloseTo(39, 1);
    expect(row.admitted).toBe(2);
  });

  test('is none when nobody was admitted', async () => {
    expect(await paceRow({ maxActive: 10 }, [])).toMatchObject({ admitted: 0, squares: 0 });
    expect(await paceRow({ maxActive: 10 }, [[130, 20]])).toMatchObject({ admitted: 0, squares: 0 });
    expect(await paceRow({ maxActive: 10 }, [[30, 5]])).toMatchObject({ admitted: 0, squares: 0 });
  });

  test('reaches boards, which say the same as the Queue', async () => {
    const policy = { maxActive: 20, admitCount: 5, admitInterval: { seconds: 10n } };
    const scheduleId = await queueWith(policy, [
      [300, 30],
      ...Array.from({ length: 40 }, (_, n) => [118 - 2.9 * n, 1 + (n % 2)] as const),
    ]);
    await room.pool.query(
      `insert into tickets (schedule_id, number, place, partner, member_id, joined_at)
       select $1, n, n, 'house', 'm' || n, now() from generate_series(91, 150) n`,
      [scheduleId],
    );
    await room.pool.query('update tails set last_number = 150 where schedule_id = $1', [scheduleId]);
    const board = new PositionBoard();
    for (const message of (await readSnapshot(room.pool, scheduleId)) ?? []) board.apply(message);
    const { token } = (await room.join(scheduleId, 1))[0] ?? {};
    const { ahead, estimatedWait, estimatedWaitMin, estimatedWaitMax } = await room.ticket(token ?? '');
    const estimate = board.estimatedWait(Number(ahead));
    expect(Number(ahead)).toBe(60);
    expect(Number(estimatedWait?.seconds)).toBe(estimate?.seconds);
    expect(Number(estimatedWaitMin?.seconds)).toBe(estimate?.range?.minSeconds);
    expect(Number(estimatedWaitMax?.seconds)).toBe(estimate?.range?.maxSeconds);
    expect(estimate?.range?.minSeconds).toBeGreaterThanOrEqual(120);
    expect(estimate?.range?.maxSeconds).toBeLessThan(240);
  });
});
