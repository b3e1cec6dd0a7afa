import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { tick } from '../admission.ts';
import { Endings, type TicketKey } from '../endings.ts';
import { WaitingRoom } from './waiting-room.ts';

let room: WaitingRoom;
beforeAll(async () => {
  room = await WaitingRoom.open();
});
afterAll(async () => {
  await room.assertInvariants();
  await room[Symbol.asyncDispose]();
});

/** Five tickets, of which the first three are admitted. */
async function line(): Promise<{ scheduleId: bigint; keys: TicketKey[] }> {
  const scheduleId = await room.schedule({ maxActive: 3 });
  const joined = await room.join(scheduleId, 5);
  await tick(room.pool);
  const keys = joined.map(({ ticket }) => ({
    scheduleId,
    number: ticket?.number ?? 0n,
    ticketId: ticket?.ticketId ?? '',
  }));
  return { scheduleId, keys };
}

async function statuses(scheduleId: bigint): Promise<string[]> {
  const { rows } = await room.pool.query<{ status: string }>(
    'select status from tickets where schedule_id = $1 order by number',
    [scheduleId],
  );
  return rows.map(({ status }) => status);
}

test('what comes together is one group: a change for who left, and one for who is over', async () => {
  const { scheduleId, keys } = await line();
  const [one, two, three, four, five] = keys as [TicketKey, TicketKey, TicketKey, TicketKey, TicketKey];
  const endings = new Endings(room.pool);
  await Promise.all([
    endings.complete(one, 11n),
    endings.leave(five),
    endings.leave(three),
    endings.complete(two, 12n),
    endings.leave(four),
  ]);
  expect(await statuses(scheduleId)).toEqual(['COMPLETED', 'COMPLETED', 'LEFT', 'LEFT', 'LEFT']);
  expect((await room.changes(scheduleId)).slice(-3)).toEqual(['ADMITTED 3', 'LEFT 4,5', 'ENDED 1,2,3']);
});

test('a ticket that is ended twice at once is ended once, and a payment counts over a leave', async () => {
  const { scheduleId, keys } = await line();
  const [one, two] = keys as [TicketKey, TicketKey];
  const endings = new Endings(room.pool);
  await Promise.all([
    endings.leave(two),
    endings.leave(one),
    endings.leave(one),
    endings.complete(one, 21n),
    endings.complete(one, 22n),
  ]);
  expect((await statuses(scheduleId))[0]).toBe('COMPLETED');
  const { rows } = await room.pool.query('select payment_id from tickets where schedule_id = $1 and number = 1', [
    scheduleId,
  ]);
  expect(rows).toEqual([{ payment_id: 21n }]);
});

test('a wrong id ends nothing, and a waiting ticket is not completed', async () => {
  const { scheduleId, keys } = await line();
  const [one, two, , four] = keys as [TicketKey, TicketKey, TicketKey, TicketKey];
  const endings = new Endings(room.pool);
  const before = await statuses(scheduleId);
  await Promise.all([
    endings.leave({ ...one, ticketId: two.ticketId }),
    endings.complete({ ...two, ticketId: one.ticketId }, 31n),
    endings.complete(four, 32n),
  ]);
  expect(await statuses(scheduleId)).toEqual(before);
});

test('a group that cannot be written fails for all in it, and the next is written', async () => {
  const { scheduleId, keys } = await line();
  const endings = new Endings(room.pool);
  const nowhere = { ...(keys[0] as TicketKey), scheduleId: 999_999n };
  await expect(endings.leave(nowhere)).rejects.toThrow();
  await endings.leave(keys[0] as TicketKey);
  expect((await statuses(scheduleId))[0]).toBe('LEFT');
});
