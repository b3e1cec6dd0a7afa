import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { TicketStatus, type JoinResponse } from '@boxoffice/proto/queue';
import { createApp as createQueue } from '@boxoffice/queue/app';
import { WaitingRoom } from '@boxoffice/queue/test/waiting-room';
import { describeWithRedis, testRedis, type TestRedis } from '@boxoffice/runtime/testing/redis';

import { positions, startWorker, until } from './stage.ts';

/** Never within a test: what happens sooner, somebody was woken for. */
const slow = { TICK_INTERVAL_MS: '60000', POLL_INTERVAL_MS: '1000' };

describeWithRedis('with Redis', () => {
  let redis: TestRedis;
  let room: WaitingRoom;
  let worker: string;
  beforeAll(async () => {
    redis = await testRedis();
    room = await WaitingRoom.open(0);
    const env = { REDIS_URL: redis.url };
    const [first, other] = [await room.start(createQueue, env), await room.start(createQueue, env)];
    // One that cannot reach it, as if a network were cut.
    const cutOff = await room.start(createQueue, { REDIS_URL: 'redis://127.0.0.1:9' });
    room.addresses.push(first.address, other.address, cutOff.address);
    worker = (await startWorker(room, { ...env, ...slow })).address;
    await startWorker(room, { ...env, ...slow });
  });
  afterAll(async () => {
    await room.assertInvariants();
    await room[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const statusOf = async ({ token }: JoinResponse): Promise<TicketStatus> => (await room.ticket(token)).status;

  /** Ends a ticket by a payment, at one of the Queues. */
  async function pay({ ticket }: JoinResponse, instance = 0): Promise<void> {
    if (ticket === undefined) throw new Error('no ticket');
    const { scheduleId, number, ticketId } = ticket;
    await room.queue('ledger', instance).complete({ scheduleId, number, ticketId, paymentId: number });
  }

  /** A queue with one place, and a member in it. */
  async function onePlace(count: number): Promise<JoinResponse[]> {
    const scheduleId = await room.schedule({ maxActive: 1 });
    await room.admin().pauseQueue({ scheduleId });
    const joined = await room.join(scheduleId, count);
    await woken(joined[0], () => room.admin().resumeQueue({ scheduleId }));
    return joined;
  }

  /** Does something until it has woken a worker that admits a ticket: the connections are made in the background. */
  async function woken(next: JoinResponse | undefined, wake: () => Promise<unknown>): Promise<void> {
    if (next === undefined) throw new Error('nobody is next');
    let doneMs = -Infinity;
    await until(
      async () => {
        if (performance.now() - doneMs > 500) {
          await wake();
          doneMs = performance.now();
        }
        return statusOf(next);
      },
      (status) => status === TicketStatus.ADMITTED,
    );
  }

  test('a place that becomes free is filled at once, whatever the clock of the workers', async () => {
    const joined = await onePlace(6);
    for (const [index, next] of joined.slice(1).entries()) {
      const paid = joined[index];
      if (paid === undefined) throw new Error('nobody was inside');
      const startedMs = performance.now();
      if (index % 2 === 0) await pay(paid, index % 4 === 0 ? 0 : 1);
      else await room.queue().leave({ token: paid.token });
      await until(
        () => statusOf(next),
        (status) => status === TicketStatus.ADMITTED,
      );
      // 250 ms on an idle machine take some 10.
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    }
  });

  test('a watcher is told of a change without waiting for the next look', async () => {
    const [inside, next] = await onePlace(2);
    if (inside === undefined || next === undefined) throw new Error('nobody joined');
    const watch = new AbortController();
    const stream = positions(room, worker).watchPosition({ token: next.token }, { signal: watch.signal });
    const statuses: TicketStatus[] = [];
    let startedMs = 0;
    for await (const { ticket } of stream) {
      statuses.push(ticket?.status ?? TicketStatus.UNSPECIFIED);
      if (ticket?.status === TicketStatus.ADMITTED) break;
      if (startedMs === 0) {
        startedMs = performance.now();
        await pay(inside, 1);
      }
    }
    expect(performance.now() - startedMs).toBeLessThan(900);
    expect(statuses.at(-1)).toBe(TicketStatus.ADMITTED);
    watch.abort();
  });

  test('Redis is killed under load and comes back empty: no call fails, nobody who polls is marked, the absent are', async () => {
    const presenceTtl = { seconds: 2n };
    const scheduleId = await room.schedule({ presenceTtl });
    await room.admin().pauseQueue({ scheduleId });
    await room.join(scheduleId, 12);
    const present = Array.from({ length: 10 }, (_, index) => BigInt(index + 1));
    // As if all had joined long ago: of a house's members only what a BFF reports counts.
    await room.pool.query(`update tickets set joined_at = now() - interval '1 hour' where schedule_id = $1`, [
      scheduleId,
    ]);
    const end = new AbortController();
    const failures: unknown[] = [];
    const turns = { reports: 0, joins: 0 };
    const again = async (turn: () => Promise<unknown>): Promise<void> => {
      for (; !end.signal.aborted; await delay(20)) await turn().catch((error: unknown) => failures.push(error));
    };
    const running = [
      // A BFF that reaches all three Queues in turn; the two last members are gone.
      again(async () => {
        const report = { reporterId: 'bff', present: [{ scheduleId, numbers: present }] };
        await room.queue('bff', turns.reports++ % 3).reportPresence(report);
      }),
      again(async () => {
        const memberId = `guest-${turns.joins++}`;
        const { token } = await room.queue('bff', 1).join({ scheduleId, memberId });
        await room.queue().leave({ token });
      }),
    ];
    const more = async (count: number): Promise<unknown> => {
      const target = Math.min(turns.reports, turns.joins) + count;
      return until(
        () => Math.min(turns.reports, turns.joins),
        (done) => done >= target,
      );
    };
    const left = async (): Promise<number[]> => {
      const { rows } = await room.pool.query<{ number: bigint }>(
        `select number from tickets where schedule_id = $1 and number <= 12 and status = 'LEFT' order by number`,
        [scheduleId],
      );
      return rows.map(({ number }) => Number(number));
    };
    await more(10);
    await redis.kill();
    await more(30);
    await redis.start();
    await until(left, (numbers) => numbers.length > 0);
    await more(30);
    end.abort();
    await Promise.all(running);
    expect(failures).toEqual([]);
    expect(await left()).toEqual([11, 12]);
    // And workers are woken again.
    await onePlace(1);
  }, 60_000);
});
