import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { TicketStatus, type Ticket } from '@boxoffice/proto/queue';
import { WaitingRoom } from '@boxoffice/queue/test/waiting-room';

import { joinTogether, positions, startWorker, until } from './stage.ts';

const members = 300;
const maxActive = 20;

let room: WaitingRoom;
let workers: string[];
beforeAll(async () => {
  room = await WaitingRoom.open(2);
  const env = { TICK_INTERVAL_MS: '50', POLL_INTERVAL_MS: '100' };
  const started = await Promise.all([1, 2, 3].map(() => startWorker(room, env)));
  workers = started.map(({ address }) => address);
});
afterAll(async () => {
  await room[Symbol.asyncDispose]();
});

/** What a member saw of the line, and how it ended. */
interface Experience {
  readonly ahead: bigint[];
  readonly last: Ticket;
}

/** Watches until admission, then pays, leaves, or goes home without a word. Every tenth gives up in the line. */
async function attend(token: string, member: number): Promise<Experience> {
  const ahead: bigint[] = [];
  const watch = new AbortController();
  let last: Ticket | undefined;
  const client = positions(room, workers[member % workers.length] ?? '');
  for await (const { ticket } of client.watchPosition({ token }, { signal: watch.signal })) {
    if (ticket === undefined) continue;
    last = ticket;
    if (ticket.status === TicketStatus.WAITING) {
      ahead.push(ticket.ahead);
      if (member % 10 === 9) await room.queue('bff', member % 2).leave({ token });
    } else if (ticket.status === TicketStatus.ADMITTED) {
      await finish(ticket, token, member);
    }
  }
  if (last === undefined) throw new Error('a stream told nothing');
  return { ahead, last };
}

async function finish({ scheduleId, number, ticketId }: Ticket, token: string, member: number): Promise<void> {
  await delay(Math.random() * 100);
  const queue = room.queue('ledger', member % 2);
  if (member % 3 === 0) await queue.complete({ scheduleId, number, ticketId, paymentId: BigInt(member + 1) });
  if (member % 3 === 1) await room.queue('bff', member % 2).leave({ token });
}

/** Counts who is inside, as anybody could who reads the table, until told to stop. */
async function mostInside(scheduleId: bigint, signal: AbortSignal): Promise<number> {
  let most = 0;
  while (!signal.aborted) {
    const { rows } = await room.pool.query<{ count: bigint }>(
      `select count(*) from tickets where schedule_id = $1 and status = 'ADMITTED'`,
      [scheduleId],
    );
    most = Math.max(most, Number(rows[0]?.count ?? 0));
    await delay(5);
  }
  return most;
}

test('300 members, two Queues, three workers: every limit holds at every instant, in ticket order', async () => {
  const policy = {
    maxActive,
    admitCount: 40,
    admitInterval: { nanos: 500_000_000 },
    activeTtl: { nanos: 400_000_000 },
  };
  const scheduleId = await room.schedule(policy);
  const over = new AbortController();
  const counting = mostInside(scheduleId, over.signal);

  const tokens = await joinTogether(room, scheduleId, members);
  const experiences = await Promise.all(tokens.map(attend));
  over.abort();

  const most = await counting;
  expect(most).toBeLessThanOrEqual(maxActive);
  expect(most).toBeGreaterThan(maxActive / 2);
  await room.assertInvariants();

  for (const { ahead } of experiences) {
    expect(ahead).toEqual(ahead.toSorted((a, b) => Number(b - a)));
  }
  const ends = Map.groupBy(experiences, ({ last }) => TicketStatus[last.status]);
  expect([...ends.keys()].sort()).toEqual(['COMPLETED', 'EXPIRED', 'LEFT']);
  const { queue } = await room.admin().getQueue({ scheduleId });
  expect(queue).toMatchObject({ waiting: 0n, admitted: 0n, issuedTotal: BigInt(members) });

  // Every admission of the log is of exactly those whom the tickets say, and the log has no gap.
  const { rows } = await room.pool.query<{ count: bigint; first: bigint; last: bigint; admitted: bigint }>(
    'select count(*), min(revision) as first, max(revision) as last, sum(count) as admitted from changes where schedule_id = $1',
    [scheduleId],
  );
  expect(rows[0]).toMatchObject({ first: 1n, count: rows[0]?.last });
  expect(rows[0]?.admitted).toBe(queue?.admittedTotal);
}, 120_000);

test('places that become free are filled within a moment', async () => {
  const scheduleId = await room.schedule({ maxActive: 5 });
  const tokens = await joinTogether(room, scheduleId, 25);
  const admitted = async (): Promise<bigint | undefined> =>
    (await room.admin().getQueue({ scheduleId })).queue?.admittedTotal;
  for (let inside = 5; inside <= 25; inside += 5) {
    await until(admitted, (total) => total === BigInt(inside));
    for (const token of tokens.slice(inside - 5, inside)) await room.queue().leave({ token });
  }
  await room.assertInvariants();
});
