import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { refuse } from '@boxoffice/runtime/error';

import { given, Office, refusal } from './office.ts';

let office: Office;
let instance: number;
let calls: string[];
let before: (rpc: string) => Promise<void>;
const pass = async (): Promise<void> => undefined;

beforeAll(async () => {
  office = await Office.open();
  instance = await office.startInventoryBehind(async (rpc) => {
    calls.push(rpc);
    await before(rpc);
  });
});
beforeEach(() => {
  calls = [];
  before = pass;
});
afterAll(() => office[Symbol.asyncDispose]());

const away = (away: string) => async (rpc: string) => {
  if (rpc === away) throw refuse('DEPENDENCY_UNAVAILABLE', 'away');
};

async function states(scheduleId: bigint): Promise<Set<string>> {
  return new Set((await office.seats(scheduleId)).map(({ state }) => state));
}

describe('a hold whose ticket cannot be kept', () => {
  test('is given up when the ticket is over, and the request may come again', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    before = async (rpc) => {
      if (rpc === 'extendTicket') await office.queue().leave({ token });
    };
    const request = { requestId: randomUUID(), token, scheduleId, bestAvailable: 3 };
    expect(await refusal(office.inventory('bff', instance).holdSeats(request))).toBe('TICKET_OVER');
    expect(await states(scheduleId)).toEqual(new Set(['OPEN']));
    expect(await refusal(office.inventory('bff', instance).holdSeats(request))).toBe('TICKET_OVER');
    const { rows } = await office.pool.query('select status from reservations where schedule_id = $1', [scheduleId]);
    expect(rows).toEqual([{ status: 'CANCELLED' }]);
  });

  test('is given up while the Queue is away, and succeeds with the same request id when it is back', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    before = away('extendTicket');
    const request = { requestId: randomUUID(), token, scheduleId, bestAvailable: 3 };
    expect(await refusal(office.inventory('bff', instance).holdSeats(request))).toBe('DEPENDENCY_UNAVAILABLE');
    expect(await states(scheduleId)).toEqual(new Set(['OPEN']));
    before = pass;
    expect(await refusal(office.inventory('bff', instance).holdSeats(request))).toBe('none');
    expect(await states(scheduleId)).toEqual(new Set(['HELD', 'OPEN']));
    expect(await office.violated()).toEqual([]);
  });

  test('is not begun while the Queue cannot be asked', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    before = away('verify');
    const hold = office.inventory('bff', instance).holdSeats({ token, scheduleId, bestAvailable: 1 });
    expect(await refusal(hold)).toBe('DEPENDENCY_UNAVAILABLE');
    expect(await states(scheduleId)).toEqual(new Set(['OPEN']));
  });
});

describe('a hold that is asked for again', () => {
  test('does not extend the ticket again', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    const request = { requestId: randomUUID(), token, scheduleId, bestAvailable: 1 };
    const first = await office.inventory('bff', instance).holdSeats(request);
    expect(calls).toEqual(['verify', 'extendTicket']);
    expect(await office.inventory('bff', instance).holdSeats(request)).toEqual(first);
    expect(calls).toEqual(['verify', 'extendTicket', 'verify']);
  });

  test('extends the ticket when the first call did not come to that', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 80_000n } });
    const token = await office.admit(scheduleId);
    const request = { requestId: randomUUID(), token, scheduleId, bestAvailable: 1 };
    // The first call stands still before the ticket is extended, as it would for ever had its process died.
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    before = async (rpc) => {
      if (rpc !== 'extendTicket') return;
      before = pass;
      reach();
      await released;
    };
    const first = office.inventory('bff', instance).holdSeats(request);
    await reached;
    const second = await office.inventory('bff', instance).holdSeats(request);
    const { ticket } = await office.queue().getTicket({ token });
    const end = given(given(second.reservation).expiresAt).seconds;
    expect(given(given(ticket).admittedUntil).seconds).toBeGreaterThanOrEqual(end - 1n);
    release();
    expect(await first).toEqual(second);
  });
});

test('an extension is not made when the ticket cannot be kept', async () => {
  const scheduleId = await office.schedule();
  const token = await office.admit(scheduleId);
  const { reservation } = await office.inventory('bff', instance).holdSeats({ token, scheduleId, bestAvailable: 1 });
  const { id: reservationId } = given(reservation);
  before = away('extendTicket');
  const extend = (): Promise<string> => refusal(office.inventory('bff', instance).extendHold({ token, reservationId }));
  expect(await extend()).toBe('DEPENDENCY_UNAVAILABLE');
  const after = await office.inventory().getReservation({ reservationId });
  expect(given(after.reservation).expiresAt).toEqual(given(reservation).expiresAt);
  before = pass;
  expect(await extend()).toBe('none');
});

describe('an answer of the Queue', () => {
  test('serves reads for a second, and writes never', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    await Promise.all(
      Array.from({ length: 20 }, () => office.inventory('bff', instance).listSeats({ token, scheduleId })),
    );
    expect(calls).toEqual(['verify']);
    await office.inventory('bff', instance).holdSeats({ token, scheduleId, bestAvailable: 1 });
    expect(calls).toEqual(['verify', 'verify', 'extendTicket']);
    await office.until(async () => {
      await office.inventory('bff', instance).listSeats({ token, scheduleId });
      return calls.length === 4;
    });
  });

  test('that refuses is not kept', async () => {
    const scheduleId = await office.schedule();
    const token = await office.join(scheduleId, 'member');
    const list = (): Promise<string> => refusal(office.inventory('bff', instance).listSeats({ token, scheduleId }));
    expect(await list()).toBe('TICKET_WAITING');
    await office.admit(scheduleId, 'another');
    expect(await list()).toBe('none');
  });
});
