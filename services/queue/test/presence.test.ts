import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { TicketStatus, type JoinResponse } from '@boxoffice/proto/queue';

import { AbsenceSweep } from '../presence/absence.ts';
import { tick } from '../admission.ts';
import { forgetPresence } from '../presence/presence.ts';
import { refusal } from './refusal.ts';
import { until } from './until.ts';
import { WaitingRoom } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open();
  // The Queue itself reports, too; here it would come and go as it likes.
  await until(
    () => room.pool.query('select from reporters'),
    ({ rowCount }) => rowCount === 1,
  );
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await room.pool.query('truncate reporters, presence');
  await room.pool.query('update queues set presence_ttl_ms = 0');
});

const presenceTtl = { seconds: 60n };
const report = (reporterId: string, scheduleId?: bigint, numbers: bigint[] = []) =>
  room.queue().reportPresence({ reporterId, present: scheduleId === undefined ? [] : [{ scheduleId, numbers }] });

/** A line of members who all joined long ago, of whom nobody has been seen. */
async function line(
  count: number,
  caller: 'bff' | 'acme' = 'bff',
): Promise<{ scheduleId: bigint; joined: JoinResponse[] }> {
  const scheduleId = await room.schedule({ presenceTtl });
  await room.admin().pauseQueue({ scheduleId });
  const joined = await room.join(scheduleId, count, caller);
  await room.pool.query(`update tickets set joined_at = joined_at - interval '1 hour' where schedule_id = $1`, [
    scheduleId,
  ]);
  return { scheduleId, joined };
}

/** As if a reporter had been there for so long, and had said something so long ago. */
async function reporter(id: string, aliveSeconds: number, silentSeconds = 0, gapSeconds?: number): Promise<void> {
  await room.pool.query(
    `insert into reporters (reporter_id, channel, alive_since, reported_at, gap_ended_at)
     values ($1, $2, now() - $3 * interval '1 s', now() - $4 * interval '1 s', now() - $5::float8 * interval '1 s')`,
    [id, id.startsWith('bff') ? 'front' : 'direct', aliveSeconds, silentSeconds, gapSeconds ?? null],
  );
}

async function leftOf({ scheduleId }: { scheduleId: bigint }): Promise<number[]> {
  const { rows } = await room.pool.query<{ number: bigint }>(
    `select number from tickets where schedule_id = $1 and status = 'LEFT' order by number`,
    [scheduleId],
  );
  return rows.map(({ number }) => Number(number));
}

describe('absence', () => {
  test('marks those who have not been seen, and nobody else', async () => {
    const waiting = await line(4);
    await reporter('bff-1', 61);
    await report('bff-1', waiting.scheduleId, [2n, 4n, 99n]);
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(2);
    expect(await leftOf(waiting)).toEqual([1, 3]);
    expect(await room.changes(waiting.scheduleId)).toEqual(['STATE PAUSED', 'LEFT 1,3']);
    expect((await room.ticket(waiting.joined[3]?.token ?? '')).ahead).toBe(1n);
  });

  test('counts whoever has just joined as seen', async () => {
    const waiting = await line(1);
    await room.join(waiting.scheduleId, 1);
    await reporter('bff-1', 61);
    await report('bff-1');
    await new AbsenceSweep(room.pool).sweep();
    expect(await leftOf(waiting)).toEqual([1]);
  });

  test('marks nobody while there is no reporter', async () => {
    const waiting = await line(2);
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(0);
    await reporter('bff-1', 3_600, 30);
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(0);
    expect(await leftOf(waiting)).toEqual([]);
  });

  test('marks nobody until a reporter has lived for the whole time', async () => {
    const waiting = await line(2);
    await reporter('bff-1', 59);
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(0);
    await room.pool.query(`update reporters set alive_since = alive_since - interval '2 s'`);
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(2);
    expect(await leftOf(waiting)).toEqual([1, 2]);
  });

  test('marks nobody while one of several reporters has just fallen silent', async () => {
    const waiting = await line(2);
    await reporter('bff-1', 3_600);
    await reporter('bff-2', 3_600, 30);
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(0);
    await room.pool.query(`update reporters set reported_at = now() - interval '81 s' where reporter_id = 'bff-2'`);
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(2);
    expect(await leftOf(waiting)).toEqual([1, 2]);
  });

  test('marks nobody for the whole time after a reporter has come back from a silence', async () => {
    const waiting = await line(1);
    await reporter('bff-1', 3_600);
    await reporter('bff-2', 3_600, 100);
    await report('bff-2');
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(0);
    await room.pool.query(`update reporters set gap_ended_at = now() - interval '61 s' where reporter_id = 'bff-2'`);
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(1);
    expect(await leftOf(waiting)).toEqual([1]);
  });

  test('of members who come by themselves does not depend on the BFFs, nor the other way round', async () => {
    const [house, acme] = [await line(1), await line(1, 'acme')];
    await reporter('bff-1', 61);
    await new AbsenceSweep(room.pool).sweep();
    expect([await leftOf(house), await leftOf(acme)]).toEqual([[1], []]);
    await reporter('worker-1', 61);
    await new AbsenceSweep(room.pool).sweep();
    expect(await leftOf(acme)).toEqual([1]);
  });

  test('does not matter in a queue without a presence_ttl', async () => {
    const waiting = await line(1);
    await room
      .admin()
      .updatePolicy({ scheduleId: waiting.scheduleId, policy: {}, updateMask: { paths: ['presence_ttl'] } });
    await reporter('bff-1', 100_000);
    expect(await new AbsenceSweep(room.pool).sweep()).toBe(0);
  });

  test('spares whoever is seen between the look and the mark', async () => {
    const waiting = await line(2);
    await reporter('bff-1', 61);
    const other = await room.pool.connect();
    try {
      await other.query('begin');
      await other.query('select from queues where schedule_id = $1 for no key update', [waiting.scheduleId]);
      const sweeping = new AbsenceSweep(room.pool).sweep();
      await until(
        () =>
          room.pool.query(
            `select from pg_stat_activity
             where datname = current_database() and wait_event_type = 'Lock' and query like '%for no key update%'`,
          ),
        ({ rowCount }) => rowCount === 1,
      );
      await report('bff-1', waiting.scheduleId, [1n]);
      await other.query('commit');
      expect(await sweeping).toBe(1);
    } finally {
      other.release(true);
    }
    expect(await leftOf(waiting)).toEqual([2]);
  });

  test('walks along a long line, marks in batches, and starts again at its front', async () => {
    const { scheduleId } = await line(1);
    await room.pool.query(
      `select from join_queue($1, array(select 'house' from generate_series(1, 22000)),
         array(select 'm' || n from generate_series(1, 22000) n), null)`,
      [scheduleId],
    );
    await room.pool.query(`update tickets set joined_at = now() - interval '1 hour' where schedule_id = $1`, [
      scheduleId,
    ]);
    await reporter('bff-1', 61);
    const sweep = new AbsenceSweep(room.pool);
    expect(await sweep.sweep()).toBe(20_000);
    expect(await sweep.sweep()).toBe(2_001);
    expect((await room.admin().getQueue({ scheduleId })).queue?.waiting).toBe(0n);
  });
});

describe('ReportPresence', () => {
  test('is for the BFF alone', async () => {
    const call = (caller: 'acme' | 'operator' | 'worker') => room.queue(caller).reportPresence({ reporterId: 'x' });
    for (const caller of ['acme', 'operator', 'worker'] as const) {
      expect(await refusal(call(caller))).toBe('CALLER_NOT_ALLOWED');
    }
  });

  test('of two at once about the same tickets in another order does not deadlock', async () => {
    const { scheduleId } = await line(60);
    const numbers = Array.from({ length: 60 }, (_, index) => BigInt(index + 1));
    for (let round = 0; round < 10; round++) {
      await Promise.all([report('bff-1', scheduleId, numbers), report('bff-2', scheduleId, numbers.toReversed())]);
    }
    const seen = await room.pool.query('select from presence where schedule_id = $1', [scheduleId]);
    expect(seen.rowCount).toBe(60);
  });

  test('notes who waits, and is forgotten when they do not wait any more', async () => {
    const scheduleId = await room.schedule({ presenceTtl, maxActive: 1 });
    const joined = await room.join(scheduleId, 3);
    await report('bff-1', scheduleId, [1n, 2n, 3n]);
    await tick(room.pool);
    expect((await room.ticket(joined[0]?.token ?? '')).status).toBe(TicketStatus.ADMITTED);
    expect(await forgetPresence(room.pool)).toBe(1);
    await room.admin().closeQueue({ scheduleId });
    expect(await forgetPresence(room.pool)).toBe(2);
  });
});
