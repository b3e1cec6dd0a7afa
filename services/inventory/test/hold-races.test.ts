import { afterAll, afterEach, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { ReservationStatus } from '@boxoffice/proto/inventory';

import { given, names, Office, refusal } from './office.ts';

let office: Office;
beforeAll(async () => void (office = await Office.open()));
afterEach(async () => {
  expect(await office.violated()).toEqual([]);
  const sql = 'select deadlocks from pg_stat_database where datname = current_database()';
  expect((await office.pool.query(sql)).rows).toEqual([{ deadlocks: 0n }]);
});
afterAll(() => office[Symbol.asyncDispose]());

const members = (count: number): string[] => Array.from({ length: count }, (_, index) => `member-${index}`);

function count(outcomes: readonly string[]): Record<string, number> {
  const groups = Map.groupBy(outcomes, (outcome) => outcome);
  return Object.fromEntries([...groups].map(([outcome, { length }]) => [outcome, length]));
}

/** What comes out is looked at, not how long it takes on a machine that does other things too. */
const timeoutMs = 30_000;

function answered(index: number, request: { token: string; scheduleId: bigint; seatIds: bigint[] }): Promise<string> {
  return refusal(office.inventory('bff', index % 2).holdSeats(request, { timeoutMs }));
}

describe('many at once, on two instances', () => {
  test('of a thousand members who want one seat exactly one gets it', async () => {
    const scheduleId = await office.schedule();
    const seatIds = await office.seatIds(scheduleId, 1);
    const tokens = await office.admitAll(scheduleId, members(1_000));
    const outcomes = await Promise.all(tokens.map((token, index) => answered(index, { token, scheduleId, seatIds })));
    expect(count(outcomes)).toEqual({ none: 1, SEAT_TAKEN: 999 });
  });

  test('of three hundred who want a seat whose hold has run out exactly one gets it, without a sweep', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 1n } });
    const seatIds = await office.seatIds(scheduleId, 1);
    const tokens = await office.admitAll(scheduleId, members(300));
    const old = await office.hold(scheduleId, seatIds, 'old');
    await office.pool.query('update schedules set hold_duration_ms = 300000 where id = $1', [scheduleId]);
    await office.expired(old.id);
    const outcomes = await Promise.all(tokens.map((token, index) => answered(index, { token, scheduleId, seatIds })));
    expect(count(outcomes)).toEqual({ none: 1, SEAT_TAKEN: 299 });
    const { reservation } = await office.inventory().getReservation({ reservationId: old.id });
    expect(given(reservation).status).toBe(ReservationStatus.EXPIRED);
  });

  test('overlapping holds of several seats are whole or nothing, and nobody waits for ever', async () => {
    const scheduleId = await office.schedule({ seatCount: 12 });
    const seatIds = await office.seatIds(scheduleId);
    const tokens = await office.admitAll(scheduleId, members(200));
    const outcomes = await Promise.all(
      tokens.map((token, index) => {
        // Pairs and triples around the circle, in both directions.
        const chosen = [0, 1, 2].slice(0, 2 + (index % 2)).map((step) => seatIds[(index * 5 + step) % 12] ?? 0n);
        if (index % 3 === 0) chosen.reverse();
        return refusal(office.inventory('bff', index % 2).holdSeats({ token, scheduleId, seatIds: chosen }));
      }),
    );
    const { none = 0, SEAT_TAKEN: taken = 0 } = count(outcomes);
    expect(none + taken).toBe(200);
    expect(none).toBeGreaterThanOrEqual(4);
    const { rows } = await office.pool.query<{ listed: bigint; held: bigint }>(
      `select count(*) as listed, count(*) filter (where seats.reservation_id = reservations.id) as held
      from reservations join reservation_seats on reservation_id = reservations.id join seats on seats.id = seat_id
      where reservations.schedule_id = $1`,
      [scheduleId],
    );
    expect(rows[0]?.held).toBe(rows[0]?.listed);
  });

  test('the best seats are given out in order, side by side, to the last one', async () => {
    const scheduleId = await office.schedule({ seatCount: 60 });
    const tokens = await office.admitAll(scheduleId, members(40));
    const got: string[][] = [];
    const outcomes = await Promise.all(
      tokens.map((token, index) =>
        refusal(
          office
            .inventory('bff', index % 2)
            .holdSeats({ token, scheduleId, bestAvailable: 2 })
            .then(({ reservation }) => got.push(names(reservation?.seats ?? []))),
        ),
      ),
    );
    expect(count(outcomes)).toEqual({ none: 30, SEAT_TAKEN: 10 });
    const pairs = got.map(([left = '', right = '']) => Number(right.slice(1)) - Number(left.slice(1)));
    expect(new Set(pairs)).toEqual(new Set([1]));
  });

  test('best seats and chosen seats of one house never meet on a seat', async () => {
    const scheduleId = await office.schedule({ seatCount: 40 });
    const seatIds = await office.seatIds(scheduleId);
    const tokens = await office.admitAll(scheduleId, members(100));
    const outcomes = await Promise.all(
      tokens.map((token, index) => {
        const chosen = { seatIds: [seatIds[index % 40] ?? 0n] };
        const request = index % 2 === 0 ? chosen : { bestAvailable: 2 };
        return refusal(office.inventory('bff', index % 2).holdSeats({ token, scheduleId, ...request }));
      }),
    );
    const allowed = new Set(['none', 'SEAT_TAKEN', 'BUSY']);
    expect(outcomes.filter((outcome) => !allowed.has(outcome))).toEqual([]);
  });
});

describe('a hold that has run out', () => {
  test('is taken over at once, and its reservation reads as expired', async () => {
    const scheduleId = await office.schedule({ holdDuration: { seconds: 1n } });
    const [first = 0n, second = 0n] = await office.seatIds(scheduleId);
    const old = await office.hold(scheduleId, [first, second], 'old');
    await office.expired(old.id);
    const taken = await office.hold(scheduleId, [first], 'new');
    expect(taken.seats.map(({ id }) => id)).toEqual([first]);
    const { reservation } = await office.inventory().getReservation({ reservationId: old.id });
    expect(given(reservation).status).toBe(ReservationStatus.EXPIRED);
    const late = await office
      .inventory('ledger')
      .confirmReservation({ reservationId: old.id, paymentId: 1n, memberId: 'old', amount: 2_000n });
    expect(late).toMatchObject({ confirmed: false, rejectionReason: 'HOLD_OVER' });
    await office.inventory('worker').sweepExpiredHolds({});
    const states = (await office.seats(scheduleId)).slice(0, 2);
    expect(states).toMatchObject([{ reservation_id: taken.id }, { state: 'OPEN' }]);
  });

  test('is taken over while it is being swept', async () => {
    const scheduleId = await office.schedule({ seatCount: 20, holdDuration: { seconds: 1n } });
    const seatIds = await office.seatIds(scheduleId);
    const tokens = await office.admitAll(scheduleId, members(20));
    const hold = (index: number): Promise<string> =>
      refusal(
        office.inventory('bff', index % 2).holdSeats({
          token: tokens[index] ?? '',
          scheduleId,
          seatIds: [seatIds[index] ?? 0n],
        }),
      );
    await Promise.all(members(20).map((_, index) => hold(index)));
    for (let round = 0; round < 3; round += 1) {
      await office.allExpired(scheduleId);
      const sweeps = [0, 1, 0, 1].map((instance) =>
        office.inventory('worker', instance).sweepExpiredHolds({ limit: 7 }),
      );
      const outcomes = await Promise.all(members(20).map((_, index) => hold(index)));
      await Promise.all(sweeps);
      expect(count(outcomes)).toEqual({ none: 20 });
    }
  });
});
