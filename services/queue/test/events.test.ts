import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { orderEvents } from '@boxoffice/runtime/events/order-events';

import { tickQueue } from '../admission.ts';
import { joinQueue } from '../sql/join-queue.ts';
import { WaitingRoom } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => void (room = await WaitingRoom.open()));
afterAll(() => room[Symbol.asyncDispose]());

interface Told {
  readonly type: string;
  readonly partner: string | null;
  readonly data: {
    readonly numbers: readonly number[];
    readonly memberIds: readonly string[];
    readonly state?: string;
  };
}

/** The events of a queue in their order, of some types in short. */
async function told(scheduleId: bigint, ...types: string[]): Promise<Told[]> {
  await orderEvents.one(room.pool, [5_000]);
  const { rows } = await room.pool.query<Told>(
    `select split_part(type, '.', 4) as type, partner, data from events where subject = $1 order by position`,
    [`queues/${scheduleId}`],
  );
  return rows.filter(({ type }) => types.includes(type));
}

test('a group of joins is one event for each partner, a tick too, of 512 tickets each at most', async () => {
  const scheduleId = await room.schedule();
  const members = Array.from({ length: 1_000 }, (_, member) => `m${member}`);
  const partners = members.map((_, member) => (member % 10 === 0 ? 'acme' : 'house'));
  const addresses = members.map(() => null);
  await joinQueue.rows(room.pool, [scheduleId, partners, members, addresses]);
  // Those who have a ticket are not told of again.
  await joinQueue.rows(room.pool, [scheduleId, partners, members, addresses]);
  const issued = await told(scheduleId, 'issued');
  expect(issued.map(({ partner, data }) => [partner, data.numbers.length])).toEqual([
    ['acme', 100],
    ['house', 900],
  ]);
  expect(issued[0]?.data.numbers.slice(0, 3)).toEqual([1, 11, 21]);
  expect(issued[0]?.data.memberIds.slice(0, 3)).toEqual(['m0', 'm10', 'm20']);

  expect((await tickQueue(room.pool, scheduleId)).admitted).toBe(1_000);
  const admitted = await told(scheduleId, 'admitted');
  expect(admitted.map(({ partner, data }) => [partner, data.numbers.length])).toEqual([
    ['acme', 100],
    ['house', 512],
    ['house', 388],
  ]);
  const numbers = admitted.flatMap(({ data }) => data.numbers).toSorted((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 1));
});

test('tickets whose time is over are told of as expired, whoever finds that out', async () => {
  const scheduleId = await room.schedule({ activeTtl: { nanos: 1_000_000 } });
  const [left, found] = await room.join(scheduleId, 2);
  await tickQueue(room.pool, scheduleId);
  await room.queue().leave({ token: left?.token ?? '' });
  await tickQueue(room.pool, scheduleId);
  const expired = await told(scheduleId, 'expired', 'left');
  expect(expired.map(({ type }) => type)).toEqual(expired.map(() => 'expired'));
  expect(new Set(expired.flatMap(({ data }) => data.numbers))).toEqual(
    new Set([left, found].map((joined) => Number(joined?.ticket?.number))),
  );
});

test('the draw of a lobby is told of with its seed, before the queue is open', async () => {
  const scheduleId = await room.schedule({}, new Date(Date.now() + 3_600_000));
  await room.join(scheduleId, 3);
  await room.pool.query(`update queues set opens_at = now() - interval '1 s' where schedule_id = $1`, [scheduleId]);
  await tickQueue(room.pool, scheduleId, 100, () => new Uint8Array(32).fill(1));
  const events = await told(scheduleId, 'opened', 'drawn', 'state_changed', 'issued', 'admitted');
  expect(events.map(({ type }) => type)).toEqual([
    'opened',
    'issued',
    'issued',
    'issued',
    'drawn',
    'state_changed',
    'admitted',
  ]);
  expect(events[4]?.data).toEqual({ scheduleId: Number(scheduleId), count: 3, seed: '01'.repeat(32) });
});
