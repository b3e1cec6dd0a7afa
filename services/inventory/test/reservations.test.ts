import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { ReservationStatus, SeatStatus, type Reservation } from '@boxoffice/proto/inventory';
import { isReplayed } from '@boxoffice/runtime/testing/replay';

import { given, Office, refusal } from './office.ts';

let office: Office;
beforeAll(async () => void (office = await Office.open()));
afterAll(() => office[Symbol.asyncDispose]());

const secondsOf = (reservation: Reservation | undefined): number => Number(given(given(reservation).expiresAt).seconds);

describe('a reservation', () => {
  test('is unknown to other partners, and to other members when one is named', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId, 'alice', 'acme');
    const { reservation } = await office.inventory('acme').holdSeats({ token, scheduleId, bestAvailable: 1 });
    const reservationId = given(reservation).id;
    const get = (caller: 'acme' | 'globex' | 'bff' | 'operator', memberId = ''): Promise<string> =>
      refusal(office.inventory(caller).getReservation({ reservationId, memberId }));
    expect(await get('acme')).toBe('none');
    expect(await get('acme', 'alice')).toBe('none');
    expect(await get('acme', 'bob')).toBe('RESERVATION_UNKNOWN');
    expect(await get('globex', 'alice')).toBe('RESERVATION_UNKNOWN');
    expect(await get('bff', 'alice')).toBe('RESERVATION_UNKNOWN');
    expect(await get('operator')).toBe('RESERVATION_UNKNOWN');
    const unknown = office.inventory('acme').getReservation({ reservationId: 999_999n });
    expect(await refusal(unknown)).toBe('RESERVATION_UNKNOWN');
    const release = office.inventory('globex').releaseReservation({ reservationId });
    expect(await refusal(release)).toBe('RESERVATION_UNKNOWN');
  });

  test('reads as expired from the end of its hold on, before anybody sweeps', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 1n } });
    const held = await office.hold(scheduleId, await office.seatIds(scheduleId, 1));
    await office.expired(held.id);
    const { reservation } = await office.inventory().getReservation({ reservationId: held.id });
    expect(given(reservation).status).toBe(ReservationStatus.EXPIRED);
    expect(given(reservation).seats.map(({ status }) => status)).toEqual([SeatStatus.OPEN]);
    const { rows } = await office.pool.query('select status from reservations where id = $1', [held.id]);
    expect(rows).toEqual([{ status: 'PENDING' }]);
  });
});

describe('the reservations of a member', () => {
  test('come newest first, in pages, with their seats', async () => {
    const first = await office.schedule();
    const second = await office.schedule();
    const held: Reservation[] = [];
    for (const scheduleId of [first, second, first, second, first]) {
      const token = await office.admit(scheduleId, 'collector');
      const { reservation } = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 2 });
      held.push(given(reservation));
    }
    const pages: bigint[][] = [];
    for (let pageToken = ''; pages.length < 4;) {
      const page = await office.inventory().listReservations({ memberId: 'collector', pageSize: 2, pageToken });
      expect(page.reservations.every(({ seats, concertName }) => seats.length === 2 && concertName === 'Concert')).toBe(
        true,
      );
      pages.push(page.reservations.map(({ id }) => id));
      pageToken = page.nextPageToken;
      if (pageToken === '') break;
    }
    const ids = held.map(({ id }) => id).reverse();
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });

  test('are those of the partner who asks', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId, 'same-name', 'acme');
    await office.inventory('acme').holdSeats({ token, scheduleId, bestAvailable: 1 });
    const of = async (caller: 'acme' | 'bff'): Promise<number> =>
      (await office.inventory(caller).listReservations({ memberId: 'same-name' })).reservations.length;
    expect([await of('acme'), await of('bff')]).toEqual([1, 0]);
  });

  test('can be only those that are held now', async () => {
    const scheduleId = await office.schedule();
    const brief = await office.schedule({ holdDuration: { seconds: 1n } });
    const [kept, released, expired] = [
      await office.hold(scheduleId, await office.seatIds(scheduleId, 1), 'holder'),
      await office.hold(scheduleId, (await office.seatIds(scheduleId, 2)).slice(1), 'holder'),
      await office.hold(brief, await office.seatIds(brief, 1), 'holder'),
    ];
    await office.inventory().releaseReservation({ reservationId: released.id });
    await office.expired(expired.id);
    const list = (pendingOnly: boolean, pageToken = '') =>
      office.inventory().listReservations({ memberId: 'holder', pendingOnly, pageSize: 1, pageToken });
    const pending = await list(true);
    expect(pending.reservations.map(({ id, status }) => [id, status])).toEqual([[kept.id, ReservationStatus.PENDING]]);
    expect(pending.nextPageToken).toBe('');
    const { nextPageToken } = await list(false);
    expect(await refusal(list(true, nextPageToken))).toBe('PAGE_TOKEN_INVALID');
  });

  test('refuse a page token of another list', async () => {
    const scheduleId = await office.schedule();
    for (let count = 0; count < 2; count += 1) {
      const token = await office.admit(scheduleId, 'pager');
      await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 1 });
    }
    const { nextPageToken } = await office.inventory().listReservations({ memberId: 'pager', pageSize: 1 });
    expect(nextPageToken).not.toBe('');
    const other = office.inventory().listReservations({ memberId: 'other', pageToken: nextPageToken });
    expect(await refusal(other)).toBe('PAGE_TOKEN_INVALID');
    const nonsense = office.inventory().listReservations({ memberId: 'pager', pageToken: 'nonsense' });
    expect(await refusal(nonsense)).toBe('PAGE_TOKEN_INVALID');
  });
});

describe('a release', () => {
  test('opens the seats at once, and again changes nothing', async () => {
    const scheduleId = await office.schedule();
    const seatIds = await office.seatIds(scheduleId, 2);
    const held = await office.hold(scheduleId, seatIds, 'first');
    const request = { reservationId: held.id, memberId: 'first' };
    const { reservation } = await office.inventory().releaseReservation(request);
    expect(given(reservation).status).toBe(ReservationStatus.CANCELLED);
    const next = await office.hold(scheduleId, seatIds, 'second');
    const again = await office.inventory('bff', 1).releaseReservation(request);
    expect(given(again.reservation).status).toBe(ReservationStatus.CANCELLED);
    expect((await office.seats(scheduleId))[0]?.reservation_id).toBe(next.id);
    expect(await office.violated()).toEqual([]);
  });

  test('of a hold that has run out changes nothing', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 1n } });
    const held = await office.hold(scheduleId, await office.seatIds(scheduleId, 1));
    await office.expired(held.id);
    const { reservation } = await office.inventory().releaseReservation({ reservationId: held.id });
    expect(given(reservation).status).toBe(ReservationStatus.EXPIRED);
  });

  test('is refused for what is unknown, of another member, or paid', async () => {
    const scheduleId = await office.schedule();
    const held = await office.hold(scheduleId, await office.seatIds(scheduleId, 1));
    const release = (request: { reservationId: bigint; memberId?: string }): Promise<string> =>
      refusal(office.inventory().releaseReservation(request));
    expect(await release({ reservationId: 999_999n })).toBe('RESERVATION_UNKNOWN');
    expect(await release({ reservationId: held.id, memberId: 'other' })).toBe('RESERVATION_UNKNOWN');
    const payment = { reservationId: held.id, paymentId: 1n, memberId: 'member', amount: held.amount };
    await office.inventory('ledger').confirmReservation(payment);
    expect(await release({ reservationId: held.id })).toBe('RESERVATION_PAID');
  });
});

describe('an extension', () => {
  test('lets the hold and the ticket last its full duration again, once', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 80_000n } });
    const token = await office.admit(scheduleId, 'alice');
    const { reservation } = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 2 });
    const reservationId = given(reservation).id;
    const older = `update reservations set created_at = created_at - interval '1 hour', expires_at = expires_at - interval '1 hour' where id = $1`;
    await office.pool.query(older, [reservationId]);
    await office.pool.query(`update seats set held_until = held_until - interval '1 hour' where reservation_id = $1`, [
      reservationId,
    ]);
    const request = { requestId: randomUUID(), token, reservationId };
    const extended = await office.inventory().extendHold(request);
    expect(secondsOf(extended.reservation)).toBeGreaterThanOrEqual(secondsOf(reservation));
    const { ticket } = await office.queue().getTicket({ token });
    expect(Number(given(given(ticket).admittedUntil).seconds)).toBeGreaterThanOrEqual(
      secondsOf(extended.reservation) - 1,
    );
    expect(await office.violated()).toEqual([]);
    expect(await office.inventory('bff', 1).extendHold(request)).toEqual(extended);
    const other = { ...request, requestId: randomUUID() };
    expect(await refusal(office.inventory().extendHold(other))).toBe('HOLD_EXTENDED');
    // Also when the ticket is over by then.
    await office.queue().leave({ token });
    expect(await office.inventory().extendHold(request)).toEqual(extended);
    expect(await refusal(office.inventory().extendHold(other))).toBe('HOLD_EXTENDED');
    expect(await isReplayed((options) => office.inventory().extendHold(other, options))).toBe(true);
    expect(await refusal(office.inventory().extendHold({ ...request, requestId: randomUUID() }))).toBe('TICKET_OVER');
  });

  test('is refused for what is over, unknown, or of another', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 1n } });
    const token = await office.admit(scheduleId, 'alice');
    const { reservation } = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 1 });
    const reservationId = given(reservation).id;
    const extend = (request: { token: string; reservationId: bigint }): Promise<string> =>
      refusal(office.inventory().extendHold(request));
    expect(await extend({ token, reservationId: 999_999n })).toBe('RESERVATION_UNKNOWN');
    const bob = await office.admit(scheduleId, 'bob');
    expect(await extend({ token: bob, reservationId })).toBe('RESERVATION_UNKNOWN');
    const elsewhere = await office.admit(await office.schedule(), 'alice');
    expect(await extend({ token: elsewhere, reservationId })).toBe('RESERVATION_UNKNOWN');
    expect(await extend({ token: 'nonsense', reservationId })).toBe('TOKEN_INVALID');
    await office.expired(reservationId);
    expect(await extend({ token, reservationId })).toBe('HOLD_OVER');
  });

  test('keeps no ticket alive when there is nothing to extend', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 80_000n } });
    const token = await office.admit(scheduleId, 'alice');
    const before = await office.queue().getTicket({ token });
    expect(await refusal(office.inventory().extendHold({ token, reservationId: 999_999n }))).toBe(
      'RESERVATION_UNKNOWN',
    );
    const after = await office.queue().getTicket({ token });
    expect(given(after.ticket).admittedUntil).toEqual(given(before.ticket).admittedUntil);
  });

  test('of one hold asked for many times at once happens once', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId, 'alice');
    const { reservation } = await office.inventory().holdSeats({ token, scheduleId, bestAvailable: 1 });
    const reservationId = given(reservation).id;
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        refusal(office.inventory('bff', index % 2).extendHold({ token, reservationId })),
      ),
    );
    expect(outcomes.sort()).toEqual([...Array.from({ length: 7 }, () => 'HOLD_EXTENDED'), 'none']);
  });
});

describe('a sweep', () => {
  test('marks what has run out, oldest first, up to its limit, and opens the seats', async () => {
    await office.sweep();
    const scheduleId = await office.schedule({ holdDuration: { seconds: 1n } });
    const seatIds = await office.seatIds(scheduleId, 3);
    const held: Reservation[] = [];
    for (const id of seatIds) held.push(await office.hold(scheduleId, [id]));
    await office.allExpired(scheduleId);
    expect(await office.inventory('worker').sweepExpiredHolds({ limit: 2 })).toMatchObject({ swept: 2 });
    const statuses = async (): Promise<unknown[]> => {
      const { rows } = await office.pool.query<{ status: string }>(
        'select status from reservations where schedule_id = $1 order by id',
        [scheduleId],
      );
      return rows.map(({ status }) => status);
    };
    expect(await statuses()).toEqual(['EXPIRED', 'EXPIRED', 'PENDING']);
    expect(await office.inventory('worker').sweepExpiredHolds({})).toMatchObject({ swept: 1 });
    expect(await office.inventory('worker').sweepExpiredHolds({})).toMatchObject({ swept: 0 });
    expect((await office.seats(scheduleId)).every(({ state }) => state === 'OPEN')).toBe(true);
    expect(held).toHaveLength(3);
  });

  test('is shared by any number of sweepers, each hold being marked by one', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 1n } });
    const seatIds = await office.seatIds(scheduleId, 30);
    const token = await office.admit(scheduleId);
    await Promise.all(seatIds.map((id) => office.inventory().holdSeats({ token, scheduleId, seatIds: [id] })));
    await office.allExpired(scheduleId);
    const sweeps = Array.from({ length: 8 }, (_, index) =>
      office.inventory('worker', index % 2).sweepExpiredHolds({ limit: 10 }),
    );
    const swept = (await Promise.all(sweeps)).reduce((sum, sweep) => sum + sweep.swept, 0);
    expect(swept + (await office.sweep())).toBe(30);
    expect(await office.violated()).toEqual([]);
  });

  test('forgets the answers of requests that are older than they are kept for', async () => {
    const scheduleId = await office.schedule();
    const token = await office.admit(scheduleId);
    const requestId = randomUUID();
    await office.inventory().holdSeats({ requestId, token, scheduleId, bestAvailable: 1 });
    const kept = async (): Promise<number | null> =>
      (await office.pool.query('select from requests where request_id = $1', [requestId])).rowCount;
    await office.sweep();
    expect(await kept()).toBe(1);
    await office.pool.query(`update requests set created_at = created_at - interval '73 hours' where request_id = $1`, [
      requestId,
    ]);
    await office.sweep();
    expect(await kept()).toBe(0);
  });
});
