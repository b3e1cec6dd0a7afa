import { randomUUID } from 'node:crypto';

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import type { CallOptions } from '@connectrpc/connect';
import { ReservationStatus, SeatStatus } from '@boxoffice/proto/inventory';
import { errorInfoOf } from '@boxoffice/runtime/error';
import { isReplayed } from '@boxoffice/runtime/testing/replay';

import { given, names, Office, refusal } from './office.ts';

let office: Office;
beforeAll(async () => void (office = await Office.open()));
afterAll(() => office[Symbol.asyncDispose]());

describe('holding chosen seats', () => {
  test('gives all of them, with price, amount and end', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 300n } });
    const [first = 0n, second = 0n] = await office.seatIds(scheduleId);
    const token = await office.admit(scheduleId, 'alice');
    const { reservation } = await office.inventory().holdSeats({ token, scheduleId, seatIds: [second, first] });
    expect(reservation).toMatchObject({
      memberId: 'alice',
      scheduleId,
      concertName: 'Concert',
      date: '2099-12-24',
      status: ReservationStatus.PENDING,
      amount: 2_000n,
      currencyCode: 'KRW',
    });
    const { seats, createdAt, expiresAt } = given(reservation);
    expect(names(seats)).toEqual(['A1', 'A2']);
    expect(seats.map(({ price, status }) => [price, status])).toEqual([
      [1_000n, SeatStatus.HELD],
      [1_000n, SeatStatus.HELD],
    ]);
    expect(given(expiresAt).seconds - given(createdAt).seconds).toBe(300n);
    expect(await office.violated()).toEqual([]);
  });

  test('takes none of them when one is taken, and says which', async () => {
    const scheduleId = await office.schedule();
    const seatIds = await office.seatIds(scheduleId, 3);
    const [, second = 0n] = seatIds;
    await office.hold(scheduleId, [second], 'first');
    const token = await office.admit(scheduleId, 'second');
    const call = office.inventory().holdSeats({ token, scheduleId, seatIds });
    expect(await refusal(call)).toBe('SEAT_TAKEN');
    expect(errorInfoOf(await call.catch((error: unknown) => error))?.metadata).toEqual({ seatIds: String(second) });
    const states = (await office.seats(scheduleId)).map(({ state }) => state);
    expect(states.slice(0, 3)).toEqual(['OPEN', 'HELD', 'OPEN']);
  });

  test('refuses seats that the date does not have', async () => {
    const scheduleId = await office.schedule();
    const other = await office.schedule();
    const [mine = 0n] = await office.seatIds(scheduleId);
    const [theirs = 0n] = await office.seatIds(other);
    const token = await office.admit(scheduleId);
    const inventory = office.inventory();
    expect(await refusal(inventory.holdSeats({ token, scheduleId, seatIds: [mine, theirs] }))).toBe('SEAT_UNKNOWN');
    expect(await refusal(inventory.holdSeats({ token, scheduleId, seatIds: [999_999n] }))).toBe('SEAT_UNKNOWN');
    expect((await office.seats(scheduleId)).every(({ state }) => state === 'OPEN')).toBe(true);
  });

  test('is for the time of booking, by the database clock', async () => {
    const now = Date.now();
    const hour = 3_600_000;
    const early = await office.schedule({ bookingOpensAt: timestampFromMs(now + hour) });
    const late = await office.schedule({ bookingClosesAt: timestampFromMs(now - hour) });
    const past = await office.schedule({ date: '2020-02-29' });
    for (const scheduleId of [early, late, past]) {
      const token = await office.admit(scheduleId);
      const seatIds = await office.seatIds(scheduleId, 1);
      expect(await refusal(office.inventory().holdSeats({ token, scheduleId, seatIds }))).toBe('BOOKING_NOT_OPEN');
      const best = office.inventory().holdSeats({ token, scheduleId, bestAvailable: 1 });
      expect(await refusal(best)).toBe('BOOKING_NOT_OPEN');
    }
  });

  test('is not for a date called off', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    await office.admin().cancelSchedule({ scheduleId });
    const seatIds = await office.seatIds(scheduleId, 1);
    expect(await refusal(office.inventory().holdSeats({ token, scheduleId, seatIds }))).toBe('SCHEDULE_CANCELLED');
  });

  test.each([
    ['neither seats nor a number', {}],
    ['both seats and a number', { seatIds: [1n], bestAvailable: 1 }],
    ['more than ten seats', { seatIds: Array.from({ length: 11 }, (_, index) => BigInt(index + 1)) }],
    ['more than ten of the best', { bestAvailable: 11 }],
    ['a seat twice', { seatIds: [1n, 1n] }],
    ['a seat of no id', { seatIds: [0n] }],
    ['a request id that is none', { seatIds: [1n], requestId: 'x' }],
  ])('refuses %s', async (_, request) => {
    const call = office.inventory().holdSeats({ token: 'x', scheduleId: 1n, ...request });
    expect(await refusal(call)).toBe('REQUEST_INVALID');
  });
});

describe('the queue check of a hold', () => {
  test('refuses who waits, who is over, and who queues for another date', async () => {
    const scheduleId = await office.schedule();
    const other = await office.schedule();
    const seatIds = await office.seatIds(scheduleId, 1);
    const hold = (token: string): Promise<string> =>
      refusal(office.inventory().holdSeats({ token, scheduleId, seatIds }));
    const waiting = await office.join(scheduleId, 'waits');
    expect(await hold(waiting)).toBe('TICKET_WAITING');
    const left = await office.admit(scheduleId, 'leaves');
    await office.queue().leave({ token: left });
    expect(await hold(left)).toBe('TICKET_OVER');
    expect(await hold(await office.admit(other))).toBe('TOKEN_OF_ANOTHER_SCHEDULE');
    expect(await hold('nonsense')).toBe('TOKEN_INVALID');
    expect(await hold(`${left.slice(0, -4)}AAAA`)).toBe('TOKEN_INVALID');
    expect((await office.seats(scheduleId)).every(({ state }) => state === 'OPEN')).toBe(true);
  });

  test("refuses the token of another partner's member", async () => {
    const scheduleId = await office.schedule();
    const seatIds = await office.seatIds(scheduleId, 1);
    const token = await office.admit(scheduleId, 'member', 'acme');
    expect(await refusal(office.inventory('bff').holdSeats({ token, scheduleId, seatIds }))).toBe('TOKEN_INVALID');
    expect(await refusal(office.inventory('globex').holdSeats({ token, scheduleId, seatIds }))).toBe('TOKEN_INVALID');
    expect(await refusal(office.inventory('acme').holdSeats({ token, scheduleId, seatIds }))).toBe('none');
  });

  test('keeps the ticket alive to the end of the hold', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 80_000n } });
    const token = await office.admit(scheduleId);
    const before = await office.queue().getTicket({ token });
    const { reservation } = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 1 });
    const after = await office.queue().getTicket({ token });
    const seconds = (ticket: typeof after): bigint => given(given(ticket.ticket).admittedUntil).seconds;
    const end = given(given(reservation).expiresAt).seconds;
    expect(seconds(before)).toBeLessThan(end);
    expect(seconds(after)).toBeGreaterThanOrEqual(end);
  });
});

describe('holding the best seats', () => {
  test('gives seats side by side, leaving no single one', async () => {
    const scheduleId = await office.schedule({ seatCount: 7 });
    const take = async (count: number, memberId: string): Promise<string[]> => {
      const token = await office.admit(scheduleId, memberId);
      const { reservation } = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: count });
      return names(given(reservation).seats);
    };
    expect(await take(2, 'a')).toEqual(['A1', 'A2']);
    expect(await take(3, 'b')).toEqual(['A3', 'A4', 'A5']);
    expect(await take(1, 'c')).toEqual(['A6']);
    const token = await office.admit(scheduleId, 'd');
    const two = office.inventory().holdSeats({ token, scheduleId, bestAvailable: 2 });
    expect(await refusal(two)).toBe('SEAT_TAKEN');
    expect(await take(1, 'd')).toEqual(['A7']);
  });

  test('takes those of a hold that has run out', async () => {
    const scheduleId = await office.schedule({ seatCount: 2, holdDuration: { seconds: 1n } });
    const token = await office.admit(scheduleId);
    const first = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 2 });
    await office.expired(given(first.reservation).id);
    const second = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 2 });
    expect(names(given(second.reservation).seats)).toEqual(['A1', 'A2']);
  });

  test('finds the last seats of a large house', async () => {
    const scheduleId = await office.schedule({
      layout: [{ section: 'Hall', rows: 100, seatsPerRow: 200, price: 5n }],
    });
    const open = (await office.seats(scheduleId)).filter((_, index) => [5_000, 12_345, 12_346, 19_999].includes(index));
    await office.pool.query(
      `with r as (
        insert into reservations (partner, member_id, schedule_id, amount, created_at, expires_at)
        values ('house', 'all', $1, 1, statement_timestamp(), statement_timestamp() + interval '1 hour') returning id
      ), l as (
        insert into reservation_seats (reservation_id, seat_id, price)
        select r.id, seats.id, 0 from r, seats where schedule_id = $1 and seats.id <> all ($2)
      )
      update seats set state = 'HELD', reservation_id = r.id, held_until = statement_timestamp() + interval '1 hour'
      from r where schedule_id = $1 and seats.id <> all ($2)`,
      [scheduleId, open.map(({ id }) => id)],
    );
    const token = await office.admit(scheduleId);
    const pair = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 2 });
    expect(given(pair.reservation).seats.map(({ id }) => id)).toEqual([open[1]?.id, open[2]?.id]);
    const rest = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 2 });
    expect(given(rest.reservation).seats.map(({ id }) => id)).toEqual([open[0]?.id, open[3]?.id]);
  });
});

describe('a request id', () => {
  test('gives the same answer again, and holds once', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    const request = { requestId: randomUUID(), token, scheduleId, bestAvailable: 2 };
    const first = await office.inventory('bff', 0).holdSeats(request);
    const again = await office.inventory('bff', 1).holdSeats(request);
    expect(again).toEqual(first);
    expect(await isReplayed((options) => office.inventory().holdSeats(request, options))).toBe(true);
    expect((await office.seats(scheduleId)).filter(({ state }) => state === 'HELD')).toHaveLength(2);
  });

  test('gives the same answer when the ticket is over meanwhile', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    const request = { requestId: randomUUID(), token, scheduleId, bestAvailable: 1 };
    const first = await office.inventory().holdSeats(request);
    await office.queue().leave({ token });
    expect(await office.inventory().holdSeats(request)).toEqual(first);
    expect(await isReplayed((options) => office.inventory().holdSeats(request, options))).toBe(true);
    expect(await refusal(office.inventory().holdSeats({ ...request, requestId: randomUUID() }))).toBe('TICKET_OVER');
  });

  test('is refused for another request', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    const requestId = randomUUID();
    await office.inventory().holdSeats({ requestId, token, scheduleId, bestAvailable: 1 });
    const other = office.inventory().holdSeats({ requestId, token, scheduleId, bestAvailable: 2 });
    expect(await refusal(other)).toBe('REQUEST_ID_REUSED');
  });

  test('is a member’s own, and one for each operation', async () => {
    const scheduleId = await office.schedule();
    const requestId = randomUUID();
    for (const memberId of ['first', 'second']) {
      const token = await office.admit(scheduleId, memberId);
      const request = { requestId, token, scheduleId, bestAvailable: 1 };
      const { reservation } = await office.inventory().holdSeats(request);
      const { id: reservationId } = given(reservation);
      expect(given(reservation).memberId).toBe(memberId);
      const extend = (options: CallOptions): Promise<unknown> =>
        office.inventory().extendHold({ requestId, token, reservationId }, options);
      expect([await isReplayed(extend), await isReplayed(extend)]).toEqual([false, true]);
    }
  });

  test('keeps a refusal, also when the seat is open again', async () => {
    const scheduleId = await office.schedule();
    const [seat = 0n] = await office.seatIds(scheduleId);
    const taken = await office.hold(scheduleId, [seat], 'first');
    const token = await office.admit(scheduleId, 'second');
    const request = { requestId: randomUUID(), token, scheduleId, seatIds: [seat] };
    expect(await refusal(office.inventory().holdSeats(request))).toBe('SEAT_TAKEN');
    await office.inventory().releaseReservation({ reservationId: taken.id });
    expect(await refusal(office.inventory().holdSeats(request))).toBe('SEAT_TAKEN');
    expect(await isReplayed((options) => office.inventory().holdSeats(request, options))).toBe(true);
    expect(await refusal(office.inventory().holdSeats({ ...request, requestId: randomUUID() }))).toBe('none');
  });

  test('that comes many times at once holds once', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    const request = { requestId: randomUUID(), token, scheduleId, bestAvailable: 1 };
    const calls = Array.from({ length: 20 }, (_, index) =>
      refusal(office.inventory('bff', index % 2).holdSeats(request)),
    );
    const outcomes = new Set(await Promise.all(calls));
    expect([...outcomes].filter((outcome) => !['none', 'REQUEST_IN_FLIGHT'].includes(outcome))).toEqual([]);
    expect(outcomes.has('none')).toBe(true);
    expect((await office.seats(scheduleId)).filter(({ state }) => state === 'HELD')).toHaveLength(1);
  });
});
