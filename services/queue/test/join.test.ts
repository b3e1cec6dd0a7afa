import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { TicketStatus } from '@boxoffice/proto/queue';
import { createTicketVerifier } from '@boxoffice/proto/ticket-token';
import { readFileSync } from 'node:fs';

import { tick } from '../admission.ts';
import { JoinBatch, type Joiner } from '../join-batch.ts';
import { refusal } from './refusal.ts';
import { WaitingRoom } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open(2);
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

describe('join', () => {
  test('numbers are dense from 1, and each knows how many are ahead', async () => {
    const scheduleId = await room.schedule();
    const joined = await room.join(scheduleId, 3);
    expect(joined.map(({ ticket }) => ticket?.number)).toEqual([1n, 2n, 3n]);
    expect(joined.map(({ ticket }) => ticket?.ahead)).toEqual([0n, 1n, 2n]);
    expect(joined.map(({ created }) => created)).toEqual([true, true, true]);
    expect(joined[0]?.ticket?.status).toBe(TicketStatus.WAITING);
    expect(joined[0]?.ticket?.estimatedWait).toBeUndefined();
  });

  test('the token tells who holds which ticket, to whoever has the public key', async () => {
    const scheduleId = await room.schedule();
    const { token, ticket } = await room.queue().join({ scheduleId, memberId: 'somebody' });
    const verify = createTicketVerifier(readFileSync(room.env['TICKET_PUBLIC_KEY_FILE'] ?? '', 'utf8'));
    expect(verify(token)).toMatchObject({
      partner: 'house',
      memberId: 'somebody',
      scheduleId,
      number: 1n,
      ticketId: ticket?.ticketId,
    });
  });

  test('joining again gives the same ticket and the same token, from every instance', async () => {
    const scheduleId = await room.schedule();
    const first = await room.queue('bff', 0).join({ scheduleId, memberId: 'm' });
    const again = await room.queue('bff', 1).join({ scheduleId, memberId: 'm' });
    expect(again.created).toBe(false);
    expect(again.token).toBe(first.token);
    expect(again.ticket).toEqual(first.ticket);
  });

  test('the same name with two partners is two members', async () => {
    const scheduleId = await room.schedule();
    const house = await room.queue('bff').join({ scheduleId, memberId: 'm' });
    const acme = await room.queue('acme').join({ scheduleId, memberId: 'm' });
    expect(acme.ticket?.number).toBe(2n);
    expect(acme.token).not.toBe(house.token);
  });

  test('a member can stand in two queues', async () => {
    const [one, other] = [await room.schedule(), await room.schedule()];
    await room.join(other, 1);
    expect((await room.queue().join({ scheduleId: one, memberId: 'm' })).ticket?.number).toBe(1n);
    expect((await room.queue().join({ scheduleId: other, memberId: 'm' })).ticket?.number).toBe(2n);
  });

  test('whoever has left joins again at the end', async () => {
    const scheduleId = await room.schedule();
    const { token } = await room.queue().join({ scheduleId, memberId: 'm' });
    await room.join(scheduleId, 1);
    await room.queue().leave({ token });
    const again = await room.queue().join({ scheduleId, memberId: 'm' });
    expect(again).toMatchObject({ created: true, ticket: { number: 3n, ahead: 1n } });
    expect(again.token).not.toBe(token);
  });

  test('whose time has run out joins again at once, though no worker has marked it', async () => {
    const scheduleId = await room.schedule({ activeTtl: { nanos: 1_000_000 } });
    const { token } = await room.queue().join({ scheduleId, memberId: 'm' });
    await tick(room.pool);
    const again = await room.queue().join({ scheduleId, memberId: 'm' });
    expect(again).toMatchObject({ created: true, ticket: { number: 2n, status: TicketStatus.WAITING } });
    expect((await room.ticket(token)).status).toBe(TicketStatus.EXPIRED);
    expect(await room.changes(scheduleId)).toEqual(['ADMITTED 1', 'ENDED 1']);
  });

  test('a queue that does not exist, or is closed, takes nobody in', async () => {
    const scheduleId = await room.schedule();
    const { token } = await room.queue().join({ scheduleId, memberId: 'early' });
    await room.admin().closeQueue({ scheduleId });
    expect(await refusal(room.queue().join({ scheduleId, memberId: 'late' }))).toBe('QUEUE_CLOSED');
    expect(await refusal(room.queue().join({ scheduleId: 999_999n, memberId: 'm' }))).toBe('QUEUE_UNKNOWN');
    // While a ticket lives, it is the answer.
    expect((await room.queue().join({ scheduleId, memberId: 'early' })).token).toBe(token);
  });

  test('400 members at two instances, each twice at once, get 400 dense numbers', async () => {
    const scheduleId = await room.schedule();
    const members = Array.from({ length: 400 }, (_, member) => `member ${member}`);
    const joined = await Promise.all(
      members.flatMap((memberId) =>
        [0, 1].map((instance) => room.queue('bff', instance).join({ scheduleId, memberId })),
      ),
    );
    const tokens = Map.groupBy(joined, ({ ticket }) => ticket?.memberId);
    for (const both of tokens.values()) {
      expect(new Set(both.map(({ token }) => token)).size).toBe(1);
      expect(both.filter(({ created }) => created)).toHaveLength(1);
    }
    const numbers = new Set(joined.map(({ ticket }) => ticket?.number));
    expect(numbers.size).toBe(400);
    expect([...numbers].every((number) => number !== undefined && number >= 1n && number <= 400n)).toBe(true);
  });

  test('malformed members are refused with the field', async () => {
    const scheduleId = await room.schedule();
    for (const memberId of ['', 'x'.repeat(65), 'a\u0000b']) {
      expect(await refusal(room.queue().join({ scheduleId, memberId }))).toBe('REQUEST_INVALID');
    }
    expect(await refusal(room.queue().join({ scheduleId, memberId: 'ünï🎫'.repeat(12) }))).toBe('none');
  });
});

describe('a group of joins', () => {
  test('is written in the order of arrival, and holds the same member once', async () => {
    const scheduleId = await room.schedule();
    const joins = new JoinBatch(room.pool);
    // The first is being written while the others gather.
    const members = ['first', 'a', 'b', 'a', 'c'];
    const joined = await Promise.all(members.map((memberId) => joins.join(scheduleId, housed(memberId))));
    expect(joined.map((one) => ('ticket' in one ? [one.outcome, one.ticket.number] : one.outcome))).toEqual([
      ['joined', 1n],
      ['joined', 2n],
      ['joined', 3n],
      ['found', 2n],
      ['joined', 4n],
    ]);
  });

  test('fails only for the member that is at fault', async () => {
    const scheduleId = await room.schedule();
    const joins = new JoinBatch(room.pool);
    const members = ['first', 'good', 'bad\u0000', 'fine'];
    const joined = await Promise.allSettled(members.map((memberId) => joins.join(scheduleId, housed(memberId))));
    expect(joined.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  test('of more than 512 becomes several', async () => {
    const scheduleId = await room.schedule();
    const joins = new JoinBatch(room.pool);
    const joined = await Promise.all(Array.from({ length: 1_200 }, () => joins.join(scheduleId, housed(randomUUID()))));
    const numbers = joined.map((one) => ('ticket' in one ? Number(one.ticket.number) : 0));
    expect(numbers).toEqual(Array.from({ length: 1_200 }, (_, index) => index + 1));
  });

  test('of a BFF gets what each would get alone, tokens too', async () => {
    const scheduleId = await room.schedule();
    const { token } = await room.queue().join({ scheduleId, memberId: 'known' });
    const joiners = ['new', 'known', 'new'].map((memberId) => ({ memberId }));
    const { results } = await room.queue().joinGroup({ scheduleId, joiners });
    expect(results.map(({ result }) => result.value)).toMatchObject([
      { number: 2n, created: true, waiting: true },
      { number: 1n, created: false, waiting: true, token },
      { number: 2n, created: false, waiting: true },
    ]);
    const again = await room.queue().join({ scheduleId, memberId: 'new' });
    expect(results.map(({ result }) => result.case === 'joined' && result.value.token)).toContain(again.token);
  });

  test('of a queue that does not exist is refused as a whole, and partners send none', async () => {
    const joiners = [{ memberId: 'm' }];
    expect(await refusal(room.queue().joinGroup({ scheduleId: 999_999n, joiners }))).toBe('QUEUE_UNKNOWN');
    expect(await refusal(room.queue('acme').joinGroup({ scheduleId: 1n, joiners }))).toBe('CALLER_NOT_ALLOWED');
  });
});

describe('limits on joining', () => {
  test('a full queue takes nobody more, gives known members their tickets, and takes as many as have gone', async () => {
    const scheduleId = await room.schedule({ maxActive: 1, maxWaiting: 3 });
    const joined = await room.join(scheduleId, 3);
    expect(await refusal(room.queue().join({ scheduleId, memberId: 'late' }))).toBe('QUEUE_FULL');
    const known = await room.queue().join({ scheduleId, memberId: joined[0]?.ticket?.memberId ?? '' });
    expect(known.token).toBe(joined[0]?.token);

    // One is admitted, one leaves: two places.
    await tick(room.pool);
    await room.queue().leave({ token: joined[1]?.token ?? '' });
    const joiners = ['d', 'e', 'f'].map((memberId) => ({ memberId }));
    const { results } = await room.queue().joinGroup({ scheduleId, joiners });
    expect(results.map(({ result }) => result.value)).toMatchObject([
      { number: 4n },
      { number: 5n },
      { reason: 'QUEUE_FULL', retryAfter: { seconds: 10n } },
    ]);
  });

  test('a limit on waiting is held by groups of several instances at once', async () => {
    const scheduleId = await room.schedule({ maxActive: 1, maxWaiting: 100 });
    const group = (instance: number): ReturnType<ReturnType<typeof room.queue>['joinGroup']> => {
      const joiners = Array.from({ length: 80 }, () => ({ memberId: randomUUID() }));
      return room.queue('bff', instance).joinGroup({ scheduleId, joiners });
    };
    const groups = await Promise.all([group(0), group(1), group(0), group(1)]);
    const results = groups.flatMap(({ results }) => results);
    expect(results.filter(({ result }) => result.case === 'joined')).toHaveLength(100);
    expect(results.filter(({ result }) => result.case === 'refused')).toHaveLength(220);
  });

  test('an address has as many live tickets as the policy says, one IPv6 network counts as one', async () => {
    const scheduleId = await room.schedule({ maxPerAddress: 2 });
    const outcomes = async (addresses: readonly string[]): Promise<(string | undefined)[]> => {
      const joiners = addresses.map((clientAddress) => ({ memberId: randomUUID(), clientAddress }));
      const { results } = await room.queue().joinGroup({ scheduleId, joiners });
      return results.map(({ result }) => (result.case === 'refused' ? result.value.reason : result.case));
    };
    const four = '203.0.113.7';
    expect(await outcomes([four, `::ffff:${four}`, four, '203.0.113.8'])).toEqual([
      'joined',
      'joined',
      'ADDRESS_LIMIT',
      'joined',
    ]);
    expect(await outcomes(['2001:db8::1', '2001:db8:0:0:f::2', '2001:db8::3', '2001:db8:0:1::3'])).toEqual([
      'joined',
      'joined',
      'ADDRESS_LIMIT',
      'joined',
    ]);
    expect(await outcomes(['', '', ''])).toEqual(['joined', 'joined', 'joined']);
  });

  test('an address whose ticket is over has room again, and is not kept', async () => {
    const scheduleId = await room.schedule({ maxPerAddress: 1 });
    const clientAddress = '198.51.100.1';
    const { token } = await room.queue().join({ scheduleId, memberId: 'a', clientAddress });
    expect(await refusal(room.queue().join({ scheduleId, memberId: 'b', clientAddress }))).toBe('ADDRESS_LIMIT');
    await room.queue().leave({ token });
    const { ticket } = await room.queue().join({ scheduleId, memberId: 'b', clientAddress });
    expect(ticket?.number).toBe(2n);
    const kept = await room.pool.query('select number from tickets where schedule_id = $1 and address is not null', [
      scheduleId,
    ]);
    expect(kept.rows).toEqual([{ number: 2n }]);
  });

  test('an address is not kept where nothing is limited by it, and has to be one', async () => {
    const scheduleId = await room.schedule();
    await room.queue().join({ scheduleId, memberId: 'a', clientAddress: '198.51.100.1' });
    const kept = await room.pool.query('select 1 from tickets where schedule_id = $1 and address is not null', [
      scheduleId,
    ]);
    expect(kept.rows).toEqual([]);
    const odd = room.queue().join({ scheduleId, memberId: 'b', clientAddress: 'example.com' });
    expect(await refusal(odd)).toBe('REQUEST_INVALID');
  });
});

function housed(memberId: string): Joiner {
  return { partner: 'house', memberId, address: null };
}
