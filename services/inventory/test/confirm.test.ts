import { afterAll, afterEach, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { ReservationStatus, SeatStatus, type Reservation } from '@boxoffice/proto/inventory';
import { onBehalfOf } from '@boxoffice/runtime/grpc/transport';

import { given, Office, refusal } from './office.ts';

let office: Office;
beforeAll(async () => void (office = await Office.open()));
afterEach(async () => expect(await office.violated()).toEqual([]));
afterAll(() => office[Symbol.asyncDispose]());

let lastId = 1_000n;
const newId = (): bigint => (lastId += 1n);

interface Confirmation {
  readonly confirmed: boolean;
  readonly rejectionReason: string;
}

function confirm(reservation: Reservation, paymentId: bigint, instance = 0, change = {}): Promise<Confirmation> {
  const { id, memberId, amount } = reservation;
  const request = { reservationId: id, paymentId, memberId, amount, ...change };
  return office.inventory('ledger', instance).confirmReservation(request);
}

async function held(seats = 1, memberId = 'member', holdSeconds = 300n): Promise<Reservation> {
  const scheduleId = await office.schedule({ holdDuration: { seconds: holdSeconds } });
  return office.hold(scheduleId, await office.seatIds(scheduleId, seats), memberId);
}

async function read(reservationId: bigint): Promise<Reservation> {
  return given((await office.inventory().getReservation({ reservationId })).reservation);
}

describe('a confirmation', () => {
  test('sells the seats, and says so whenever it is asked', async () => {
    const reservation = await held(3);
    const paymentId = newId();
    const first = await confirm(reservation, paymentId);
    expect(first).toMatchObject({ confirmed: true, rejectionReason: '' });
    expect(await confirm(reservation, paymentId, 1)).toEqual(first);
    const paid = await read(reservation.id);
    expect(paid).toMatchObject({ status: ReservationStatus.CONFIRMED, paymentId });
    expect(paid.confirmedAt).toBeDefined();
    expect(paid.seats.map(({ status }) => status)).toEqual([SeatStatus.SOLD, SeatStatus.SOLD, SeatStatus.SOLD]);
  });

  test('costs what the hold cost, whatever the seats cost now', async () => {
    const reservation = await held(2);
    await office.admin().changePrice({ scheduleId: reservation.scheduleId, price: 9n });
    expect(await confirm(reservation, newId())).toMatchObject({ confirmed: true });
    expect((await read(reservation.id)).seats.map(({ price }) => price)).toEqual([1_000n, 1_000n]);
  });

  test('is rejected for good: what changes later does not count', async () => {
    const reservation = await held();
    const paymentId = newId();
    const wrong = await confirm(reservation, paymentId, 0, { amount: 1n });
    expect(wrong).toMatchObject({ confirmed: false, rejectionReason: 'AMOUNT_MISMATCH' });
    expect(await confirm(reservation, paymentId)).toEqual(wrong);
    expect(await confirm(reservation, newId())).toMatchObject({ confirmed: true });
    expect(await confirm(reservation, paymentId)).toEqual(wrong);
  });

  test('is rejected for what is unknown, of another member, or of another partner', async () => {
    const reservation = await held();
    const unknown = { confirmed: false, rejectionReason: 'RESERVATION_UNKNOWN' };
    expect(await confirm(reservation, newId(), 0, { reservationId: 999_999n })).toMatchObject(unknown);
    expect(await confirm(reservation, newId(), 0, { memberId: 'other' })).toMatchObject(unknown);
    const request = { reservationId: reservation.id, paymentId: newId(), memberId: 'member', amount: 1_000n };
    const asAcme = office.inventory('ledger').confirmReservation(request, { headers: onBehalfOf('acme') });
    expect(await asAcme).toMatchObject(unknown);
    expect((await read(reservation.id)).status).toBe(ReservationStatus.PENDING);
  });

  test('is rejected for what is paid, released, run out or called off', async () => {
    const paid = await held();
    await confirm(paid, newId());
    expect(await confirm(paid, newId())).toMatchObject({ rejectionReason: 'RESERVATION_PAID' });
    const released = await held();
    await office.inventory().releaseReservation({ reservationId: released.id });
    expect(await confirm(released, newId())).toMatchObject({ rejectionReason: 'HOLD_OVER' });
    const expired = await held(1, 'member', 1n);
    await office.expired(expired.id);
    expect(await confirm(expired, newId())).toMatchObject({ rejectionReason: 'HOLD_OVER' });
    const cancelled = await held();
    await office.admin().cancelSchedule({ scheduleId: cancelled.scheduleId });
    expect(await confirm(cancelled, newId())).toMatchObject({ rejectionReason: 'SCHEDULE_CANCELLED' });
  });

  test('of a payment that was decided on for another reservation is refused', async () => {
    const [one, other] = [await held(), await held()];
    const paymentId = newId();
    await confirm(one, paymentId);
    expect(await refusal(confirm(other, paymentId))).toBe('REQUEST_ID_REUSED');
    expect((await read(other.id)).status).toBe(ReservationStatus.PENDING);
  });
});

describe('a revocation', () => {
  test('opens the seats of a paid reservation again, once', async () => {
    const reservation = await held(2);
    const paymentId = newId();
    await confirm(reservation, paymentId);
    const request = { reservationId: reservation.id, paymentId, refundId: newId(), amount: 2_000n };
    const first = await office.inventory('ledger').revokeReservation(request);
    expect(first).toMatchObject({ revoked: true, rejectionReason: '' });
    expect(await office.inventory('ledger', 1).revokeReservation(request)).toEqual(first);
    expect(await read(reservation.id)).toMatchObject({ status: ReservationStatus.REFUNDED, paymentId });
    const again = await office.inventory('ledger').revokeReservation({ ...request, refundId: newId() });
    expect(again).toMatchObject({ revoked: false, rejectionReason: 'RESERVATION_NOT_PAID' });
    const next = await office.hold(
      reservation.scheduleId,
      reservation.seats.map(({ id }) => id),
      'next',
    );
    expect(await confirm(next, newId())).toMatchObject({ confirmed: true });
    expect(await confirm(reservation, newId())).toMatchObject({ rejectionReason: 'HOLD_OVER' });
  });

  test('is rejected, for good, for what is unknown or not paid by that payment', async () => {
    const reservation = await held();
    const refundId = newId();
    const revoke = (change = {}): Promise<{ revoked: boolean; rejectionReason: string }> =>
      office
        .inventory('ledger')
        .revokeReservation({ reservationId: reservation.id, paymentId: 1n, refundId, amount: 1_000n, ...change });
    expect(await revoke()).toMatchObject({ revoked: false, rejectionReason: 'RESERVATION_NOT_PAID' });
    const paymentId = newId();
    await confirm(reservation, paymentId);
    expect(await revoke({ paymentId })).toMatchObject({ rejectionReason: 'RESERVATION_NOT_PAID' });
    expect(await revoke({ refundId: newId() })).toMatchObject({ rejectionReason: 'RESERVATION_NOT_PAID' });
    expect(await revoke({ refundId: newId(), reservationId: 999_999n })).toMatchObject({
      rejectionReason: 'RESERVATION_UNKNOWN',
    });
    expect((await read(reservation.id)).status).toBe(ReservationStatus.CONFIRMED);
  });
});

describe('a revocation of some seats', () => {
  const revoke = (
    { id: reservationId }: Reservation,
    paymentId: bigint,
    seatIds: bigint[],
    change: { refundId?: bigint; amount?: bigint } = {},
    instance = 0,
  ): Promise<{ revoked: boolean; rejectionReason: string }> => {
    const request = { reservationId, paymentId, refundId: newId(), seatIds, amount: BigInt(seatIds.length) * 1_000n };
    return office.inventory('ledger', instance).revokeReservation({ ...request, ...change });
  };
  const paid = async (seats: number): Promise<{ reservation: Reservation; paymentId: bigint; seatIds: bigint[] }> => {
    const reservation = await held(seats);
    const paymentId = newId();
    await confirm(reservation, paymentId);
    return { reservation, paymentId, seatIds: reservation.seats.map(({ id }) => id) };
  };

  test('opens those, and the reservation stays confirmed until the last', async () => {
    const { reservation, paymentId, seatIds } = await paid(3);
    const [first = 0n, second = 0n, third = 0n] = seatIds;
    const refundId = newId();
    const answer = await revoke(reservation, paymentId, [second], { refundId });
    expect(answer).toMatchObject({ revoked: true, rejectionReason: '' });
    expect(await revoke(reservation, paymentId, [second], { refundId }, 1)).toEqual(answer);
    expect(await read(reservation.id)).toMatchObject({
      status: ReservationStatus.CONFIRMED,
      amount: 3_000n,
      refundedSeatIds: [second],
      refundedAmount: 1_000n,
      seats: [{ id: first }, { id: second, status: SeatStatus.OPEN }, { id: third }],
    });
    expect(await revoke(reservation, paymentId, [third, first])).toMatchObject({ revoked: true });
    expect(await read(reservation.id)).toMatchObject({
      status: ReservationStatus.REFUNDED,
      refundedSeatIds: seatIds,
      refundedAmount: 3_000n,
    });
  });

  test('leaves the others to a later one of all that are left', async () => {
    const { reservation, paymentId, seatIds } = await paid(3);
    await revoke(reservation, paymentId, seatIds.slice(0, 1));
    expect(await revoke(reservation, paymentId, [], { amount: 3_000n })).toMatchObject({
      rejectionReason: 'AMOUNT_MISMATCH',
    });
    expect(await revoke(reservation, paymentId, [], { amount: 2_000n })).toMatchObject({ revoked: true });
    expect((await read(reservation.id)).status).toBe(ReservationStatus.REFUNDED);
  });

  test('lets somebody else buy them while the rest stays sold', async () => {
    const { reservation, paymentId, seatIds } = await paid(2);
    const [mine = 0n, given = 0n] = seatIds;
    await revoke(reservation, paymentId, [given]);
    const next = await office.hold(reservation.scheduleId, [given], 'next');
    expect(await office.violated()).toEqual([]);
    expect(await confirm(next, newId())).toMatchObject({ confirmed: true });
    expect(await read(reservation.id)).toMatchObject({ status: ReservationStatus.CONFIRMED, refundedSeatIds: [given] });
    // What is the next one's stays so, whatever is refunded of the first.
    expect(await revoke(reservation, paymentId, [mine, given])).toMatchObject({ rejectionReason: 'SEAT_REFUNDED' });
    expect(await revoke(reservation, paymentId, [], { amount: 1_000n })).toMatchObject({ revoked: true });
    expect(await read(next.id)).toMatchObject({ status: ReservationStatus.CONFIRMED, refundedSeatIds: [] });
    const seats = await office.seats(reservation.scheduleId);
    expect(seats.filter(({ id }) => seatIds.includes(id))).toMatchObject([
      { id: mine, state: 'OPEN' },
      { id: given, state: 'SOLD', reservation_id: next.id },
    ]);
  });

  test('is rejected, for good, for seats of others, refunded ones, and another amount', async () => {
    const { reservation, paymentId, seatIds } = await paid(2);
    const [first = 0n] = seatIds;
    const refundId = newId();
    const wrong = await revoke(reservation, paymentId, [first], { refundId, amount: 999n });
    expect(wrong).toMatchObject({ revoked: false, rejectionReason: 'AMOUNT_MISMATCH' });
    expect(await revoke(reservation, paymentId, [first], { refundId })).toEqual(wrong);
    expect(await revoke(reservation, paymentId, [first, 999_999n])).toMatchObject({ rejectionReason: 'SEAT_UNKNOWN' });
    await revoke(reservation, paymentId, [first]);
    expect(await revoke(reservation, paymentId, [first])).toMatchObject({ rejectionReason: 'SEAT_REFUNDED' });
    expect(await read(reservation.id)).toMatchObject({ refundedSeatIds: [first], refundedAmount: 1_000n });
  });

  test('of two that overlap, at once on two instances, one is done', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { reservation, paymentId, seatIds } = await paid(3);
      const answers = await Promise.all([
        revoke(reservation, paymentId, seatIds.slice(0, 2)),
        revoke(reservation, paymentId, seatIds.slice(1), {}, 1),
      ]);
      expect(answers.map(({ rejectionReason }) => rejectionReason).sort()).toEqual(['', 'SEAT_REFUNDED']);
      expect(await read(reservation.id)).toMatchObject({ refundedAmount: 2_000n });
    }
  });
});

describe('races, on two instances', () => {
  test('of two payments of one reservation one confirms it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const reservation = await held();
      const calls = Array.from({ length: 8 }, (_, index) => confirm(reservation, newId(), index % 2));
      const decisions = await Promise.all(calls);
      expect(decisions.filter(({ confirmed }) => confirmed)).toHaveLength(1);
      const reasons = decisions.filter(({ confirmed }) => !confirmed).map(({ rejectionReason }) => rejectionReason);
      expect(new Set(reasons)).toEqual(new Set(['RESERVATION_PAID']));
    }
  });

  test('one payment asked for many times at once is decided once', async () => {
    const reservation = await held(2);
    const paymentId = newId();
    const decisions = await Promise.all(
      Array.from({ length: 16 }, (_, index) => confirm(reservation, paymentId, index % 2)),
    );
    expect(new Set(decisions.map(({ confirmed }) => confirmed))).toEqual(new Set([true]));
  });

  test('one payment asked for two reservations at once pays one of them at most', async () => {
    const [one, other] = [await held(), await held()];
    const paymentId = newId();
    const calls = [one, other, one, other].map((reservation, index) =>
      refusal(confirm(reservation, paymentId, index % 2)),
    );
    const outcomes = await Promise.all(calls);
    expect(outcomes.sort()).toEqual(['REQUEST_ID_REUSED', 'REQUEST_ID_REUSED', 'none', 'none']);
  });

  test('of a release and a confirmation one wins', async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 30; round += 1) {
      const reservation = await held(2);
      const [paid, released] = await Promise.all([
        confirm(reservation, newId(), 0),
        refusal(office.inventory('bff', 1).releaseReservation({ reservationId: reservation.id })),
      ]);
      expect(paid.confirmed).toBe(released === 'RESERVATION_PAID');
      const { status } = await read(reservation.id);
      expect(status).toBe(paid.confirmed ? ReservationStatus.CONFIRMED : ReservationStatus.CANCELLED);
      outcomes.add(released);
    }
    expect([...outcomes].every((outcome) => ['none', 'RESERVATION_PAID'].includes(outcome))).toBe(true);
  });

  test('at the end of a hold, of its confirmation and its take-over one wins, and never both', async () => {
    const scheduleId = await office.schedule({ seatCount: 40, holdDuration: { seconds: 1n } });
    const seatIds = await office.seatIds(scheduleId);
    const names = seatIds.map((id) => `owner of ${id}`);
    const owners = await office.admitAll(scheduleId, names);
    const thieves = await office.admitAll(
      scheduleId,
      seatIds.map((id) => `next of ${id}`),
    );
    const races = seatIds.map(async (seatId, index) => {
      const { reservation } = await office
        .inventory()
        .holdSeats({ token: owners[index] ?? '', scheduleId, seatIds: [seatId] });
      const mine = given(reservation);
      // Asks again and again until the hold is over for the one, and the seat is had by the other.
      const takeOver = async (): Promise<string> => {
        for (let round = 0; ; round += 1) {
          const token = thieves[index] ?? '';
          const outcome = await refusal(office.inventory('bff', 1).holdSeats({ token, scheduleId, seatIds: [seatId] }));
          const { state } = given((await office.seats(scheduleId)).find(({ id }) => id === seatId));
          if (outcome !== 'SEAT_TAKEN' || state === 'SOLD') return outcome;
        }
      };
      const pay = async (): Promise<boolean> => {
        await office.until(async () => {
          const { rows } = await office.pool.query<{ soon: boolean }>(
            `select expires_at - clock_timestamp() < $2 * interval '1 millisecond' as soon from reservations where id = $1`,
            [mine.id, index / 2 - 4],
          );
          return rows[0]?.soon === true;
        });
        return (await confirm(mine, newId(), index % 2)).confirmed;
      };
      const [taken, paid] = await Promise.all([takeOver(), pay()]);
      return { taken: taken === 'none', paid };
    });
    const results = await Promise.all(races);
    expect(results.filter(({ taken, paid }) => taken === paid)).toEqual([]);
  });
});
