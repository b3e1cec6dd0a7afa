import { randomUUID } from 'node:crypto';

import { timestampDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { TicketStatus, type Ticket } from '@boxoffice/proto/queue';
import { onBehalfOf } from '@boxoffice/runtime/grpc/transport';

import { tick } from '../admission.ts';
import { refusal } from './refusal.ts';
import { WaitingRoom } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open();
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

/** A member who is inside, and the queue around it. */
async function admitted(policy = {}): Promise<{ scheduleId: bigint; token: string; ticket: Ticket }> {
  const scheduleId = await room.schedule(policy);
  const [joined] = await room.join(scheduleId, 1);
  await tick(room.pool);
  const token = joined?.token ?? '';
  return { scheduleId, token, ticket: await room.ticket(token) };
}

/** A member whose time is over, which no worker has noticed yet. */
async function lapsed(): Promise<Awaited<ReturnType<typeof admitted>>> {
  return admitted({ activeTtl: { nanos: 1_000_000 } });
}

const named = ({ scheduleId, number, ticketId }: Ticket) => ({ scheduleId, number, ticketId });

describe('GetTicket', () => {
  test('counts only those ahead who still wait', async () => {
    const scheduleId = await room.schedule({ maxActive: 2 });
    const joined = await room.join(scheduleId, 8);
    const tokens = joined.map(({ token }) => token);
    await tick(room.pool);
    await room.queue().leave({ token: tokens[3] ?? '' });
    await room.queue().leave({ token: tokens[6] ?? '' });
    const tickets = await Promise.all(tokens.map((token) => room.ticket(token)));
    expect(tickets.map(({ status }) => TicketStatus[status])).toEqual([
      'ADMITTED',
      'ADMITTED',
      'WAITING',
      'LEFT',
      'WAITING',
      'WAITING',
      'LEFT',
      'WAITING',
    ]);
    expect(tickets.map(({ ahead }) => ahead)).toEqual([0n, 0n, 0n, 0n, 1n, 2n, 0n, 3n]);
  });

  test('estimates the wait from what was admitted, and says nothing while the queue is paused', async () => {
    const scheduleId = await room.schedule({ admitCount: 1, admitInterval: { seconds: 100n } });
    const [, waiting] = await room.join(scheduleId, 2);
    const token = waiting?.token ?? '';
    expect((await room.ticket(token)).estimatedWait).toBeUndefined();
    await tick(room.pool);
    expect((await room.ticket(token)).estimatedWait?.seconds).toBe(100n);
    await room.admin().pauseQueue({ scheduleId });
    expect((await room.ticket(token)).estimatedWait).toBeUndefined();
  });

  test('tells who waits that the queue is paused, and nobody else', async () => {
    const scheduleId = await room.schedule({ maxActive: 1 });
    const [inside, waiting] = await room.join(scheduleId, 2);
    await tick(room.pool);
    const paused = () =>
      Promise.all([inside, waiting].map(async (joined) => (await room.ticket(joined?.token ?? '')).paused));
    expect(await paused()).toEqual([false, false]);
    await room.admin().pauseQueue({ scheduleId });
    expect(await paused()).toEqual([false, true]);
    expect((await room.join(scheduleId, 1))[0]?.ticket?.paused).toBe(true);
    await room.admin().resumeQueue({ scheduleId });
    expect(await paused()).toEqual([false, false]);
  });

  test('tells of an admission, and until when it holds', async () => {
    const { ticket } = await admitted({ activeTtl: { seconds: 60n } });
    const [at, until] = [ticket.admittedAt, ticket.admittedUntil].map((time) => time && timestampDate(time).getTime());
    expect((until ?? 0) - (at ?? 0)).toBe(60_000);
    expect(ticket.endedAt).toBeUndefined();
  });

  test('tells of the end from the instant on, whether or not a worker has marked it', async () => {
    const { token, ticket } = await lapsed();
    expect(ticket.status).toBe(TicketStatus.EXPIRED);
    await tick(room.pool);
    expect((await room.ticket(token)).status).toBe(TicketStatus.EXPIRED);
  });

  test('refuses what is no token, and a token of another partner', async () => {
    const { token } = await admitted();
    expect(await refusal(room.queue('acme').getTicket({ token }))).toBe('TOKEN_INVALID');
    expect(await refusal(room.queue().getTicket({ token: 'nonsense' }))).toBe('TOKEN_INVALID');
    expect(await refusal(room.queue().getTicket({ token: `${token.slice(0, -4)}AAAA` }))).toBe('TOKEN_INVALID');
    expect(await refusal(room.queue().getTicket({ token }))).toBe('none');
  });

  test('refuses a token whose ticket is not there', async () => {
    const { token, ticket } = await admitted();
    await room.pool.query('update tickets set ticket_id = $1 where schedule_id = $2', [
      randomUUID(),
      ticket.scheduleId,
    ]);
    expect(await refusal(room.queue().getTicket({ token }))).toBe('TOKEN_INVALID');
  });
});

describe('Verify', () => {
  test('lets an admitted ticket pass, and nobody else', async () => {
    const scheduleId = await room.schedule({ maxActive: 1 });
    const [inside, outside] = await room.join(scheduleId, 2);
    await tick(room.pool);
    const { ticket } = await room.queue('inventory').verify({ token: inside?.token ?? '', scheduleId });
    expect(ticket?.status).toBe(TicketStatus.ADMITTED);
    expect(await refusal(room.queue('ledger').verify({ token: outside?.token ?? '', scheduleId }))).toBe(
      'TICKET_WAITING',
    );
  });

  test('refuses a token for another date', async () => {
    const { token } = await admitted();
    const other = await room.schedule();
    expect(await refusal(room.queue().verify({ token, scheduleId: other }))).toBe('TOKEN_OF_ANOTHER_SCHEDULE');
  });

  test('refuses tickets that are over in any way', async () => {
    const left = await admitted();
    await room.queue().leave({ token: left.token });
    const completed = await admitted();
    await room.queue('ledger').complete({ ...named(completed.ticket), paymentId: 1n });
    for (const { token, scheduleId } of [left, completed, await lapsed()]) {
      expect(await refusal(room.queue('inventory').verify({ token, scheduleId }))).toBe('TICKET_OVER');
    }
  });

  test("asks on behalf of a partner for the partner's members", async () => {
    const scheduleId = await room.schedule();
    const { token } = await room.queue('acme').join({ scheduleId, memberId: 'm' });
    await tick(room.pool);
    expect(await refusal(room.queue('inventory').verify({ token, scheduleId }))).toBe('TOKEN_INVALID');
    const headers = onBehalfOf('acme');
    expect(await refusal(room.queue('inventory').verify({ token, scheduleId }, { headers }))).toBe('none');
  });
});

describe('Leave', () => {
  test('frees an admitted place at once', async () => {
    const scheduleId = await room.schedule({ maxActive: 1 });
    const [first, second] = await room.join(scheduleId, 2);
    await tick(room.pool);
    const { ticket } = await room.queue().leave({ token: first?.token ?? '' });
    expect(ticket?.status).toBe(TicketStatus.LEFT);
    expect(ticket?.endedAt).toBeDefined();
    await tick(room.pool);
    expect((await room.ticket(second?.token ?? '')).status).toBe(TicketStatus.ADMITTED);
    expect(await room.changes(scheduleId)).toEqual(['ADMITTED 1', 'ENDED 1', 'ADMITTED 2']);
  });

  test('twice changes nothing the second time', async () => {
    const scheduleId = await room.schedule();
    const [joined] = await room.join(scheduleId, 1);
    const token = joined?.token ?? '';
    const both = await Promise.all([room.queue().leave({ token }), room.queue().leave({ token })]);
    expect(both[0]).toEqual(both[1]);
    expect(await room.queue().leave({ token })).toEqual(both[0]);
    expect(await room.changes(scheduleId)).toEqual(['LEFT 1']);
  });

  test('of a ticket whose time had run out leaves it expired', async () => {
    const { token, scheduleId } = await lapsed();
    expect((await room.queue().leave({ token })).ticket?.status).toBe(TicketStatus.EXPIRED);
    await tick(room.pool);
    expect(await room.changes(scheduleId)).toEqual(['ADMITTED 1', 'ENDED 1']);
  });
});

describe('ExtendTicket', () => {
  test('lengthens and never shortens', async () => {
    const { ticket } = await admitted({ activeTtl: { seconds: 60n } });
    const until = async (seconds: bigint): Promise<number> => {
      const extended = await room.queue('inventory').extendTicket({ ...named(ticket), remaining: { seconds } });
      const time = extended.ticket?.admittedUntil;
      return time === undefined ? 0 : timestampDate(time).getTime();
    };
    const first = ticket.admittedUntil === undefined ? 0 : timestampDate(ticket.admittedUntil).getTime();
    expect(await until(30n)).toBe(first);
    expect((await until(300n)) - first).toBeGreaterThan(200_000);
  });

  test('refuses tickets that are over, wait, or are unknown', async () => {
    const extend = (ticket: Ticket) =>
      refusal(room.queue('inventory').extendTicket({ ...named(ticket), remaining: { seconds: 60n } }));
    expect(await extend((await lapsed()).ticket)).toBe('TICKET_OVER');
    const scheduleId = await room.schedule({ maxActive: 1 });
    const [, waiting] = await room.join(scheduleId, 2);
    await tick(room.pool);
    const { ticket } = waiting ?? {};
    if (ticket === undefined) throw new Error('nobody joined');
    expect(await extend(ticket)).toBe('TICKET_WAITING');
    expect(await extend({ ...ticket, ticketId: randomUUID() })).toBe('TICKET_UNKNOWN');
    expect(await extend({ ...ticket, number: 99n })).toBe('TICKET_UNKNOWN');
  });

  test('keeps a ticket from expiring, even while a tick is looking at it', async () => {
    const { ticket, token } = await admitted({ activeTtl: { seconds: 2n } });
    const calls = Array.from({ length: 10 }, () => [
      room.queue('inventory').extendTicket({ ...named(ticket), remaining: { seconds: 600n } }),
      tick(room.pool),
    ]);
    await Promise.all(calls.flat());
    expect((await room.ticket(token)).status).toBe(TicketStatus.ADMITTED);
  });
});

describe('Complete', () => {
  test('ends the ticket and frees its place, once', async () => {
    const { ticket, scheduleId, token } = await admitted({ maxActive: 1 });
    const complete = () => room.queue('ledger').complete({ ...named(ticket), paymentId: 7n });
    const answers = await Promise.all([complete(), complete()]);
    expect(answers.map((answer) => answer.ticket?.status)).toEqual([TicketStatus.COMPLETED, TicketStatus.COMPLETED]);
    expect((await room.ticket(token)).status).toBe(TicketStatus.COMPLETED);
    expect(await room.changes(scheduleId)).toEqual(['ADMITTED 1', 'ENDED 1']);
  });

  test('of a ticket that is over makes it completed: the payment is a fact', async () => {
    const left = await admitted();
    await room.queue().leave({ token: left.token });
    const expired = await lapsed();
    await tick(room.pool);
    for (const { ticket, token } of [left, expired, await lapsed()]) {
      const { ticket: completed } = await room.queue('ledger').complete({ ...named(ticket), paymentId: 7n });
      expect(completed?.status).toBe(TicketStatus.COMPLETED);
      expect(await room.ticket(token)).toEqual(completed);
    }
  });

  test('refuses tickets that are unknown or were never admitted', async () => {
    const scheduleId = await room.schedule({ maxActive: 1 });
    const joined = await room.join(scheduleId, 2);
    await tick(room.pool);
    const ticket = joined[1]?.ticket;
    if (ticket === undefined) throw new Error('nobody joined');
    const complete = (one: Ticket) => refusal(room.queue('ledger').complete({ ...named(one), paymentId: 7n }));
    expect(await complete(ticket)).toBe('TICKET_WAITING');
    expect(await complete({ ...ticket, ticketId: randomUUID() })).toBe('TICKET_UNKNOWN');
    expect(await complete({ ...ticket, number: 99n })).toBe('TICKET_UNKNOWN');
  });
});
