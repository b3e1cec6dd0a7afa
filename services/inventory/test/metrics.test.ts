import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { openMeasured, type Measured } from '@boxoffice/runtime/testing/measured';

import { given, Office, refusal } from './office.ts';

let measured: Measured;
let office: Office;
let instance: number;
beforeAll(async () => {
  measured = openMeasured();
  office = await Office.open();
  instance = await office.startInventory({}, measured.telemetry);
});
afterAll(async () => {
  await office[Symbol.asyncDispose]();
  await measured[Symbol.asyncDispose]();
});

test('holds, sales and refunds count once, whatever is told again; and seats are measured', async () => {
  const scheduleId = await office.schedule({ seatCount: 6, holdDuration: { seconds: 1n } });
  await office.schedule({ seatCount: 9, bookingOpensAt: { seconds: 4_000_000_000n } });
  const seatIds = await office.seatIds(scheduleId, 6);
  const inventory = office.inventory('bff', instance);
  const token = await office.admit(scheduleId, 'one');
  const hold = { requestId: randomUUID(), token, scheduleId, seatIds: seatIds.slice(0, 2) };
  const { reservation } = await inventory.holdSeats(hold);
  await inventory.holdSeats(hold);
  const { id, amount } = given(reservation);
  const late = { ...hold, requestId: randomUUID(), token: await office.admit(scheduleId, 'two') };
  for (let times = 0; times < 2; times++) expect(await refusal(inventory.holdSeats(late))).toBe('SEAT_TAKEN');
  const paid = { paymentId: 1n, reservationId: id, memberId: 'one', amount };
  const refunded = {
    refundId: 2n,
    paymentId: 1n,
    reservationId: id,
    seatIds: seatIds.slice(0, 1),
    amount: amount / 2n,
  };
  for (let times = 0; times < 2; times++) {
    await office.inventory('ledger', instance).confirmReservation(paid);
    await office.inventory('ledger', instance).revokeReservation(refunded);
  }
  const unpaid = await inventory.holdSeats({ token, scheduleId, seatIds: seatIds.slice(2, 5) });
  await office.expired(given(unpaid.reservation).id);
  // Taken over before it is swept: one hold has run out all the same.
  await inventory.holdSeats({ token, scheduleId, seatIds: seatIds.slice(2, 3) });
  const before = await measured.series();
  for (let times = 0; times < 2; times++) await office.inventory('worker', instance).sweepExpiredHolds({});

  const series = await measured.series();
  const counted = (name: string): number | undefined => series.get(`boxoffice_inventory_${name}`);
  expect(counted('holds_total{outcome="held"}')).toBe(3);
  expect(counted('holds_total{outcome="refused"}')).toBe(1);
  expect(counted('seats_held_total')).toBe(6);
  expect(counted('seats_sold_total')).toBe(2);
  expect(counted('seats_refunded_total')).toBe(1);
  expect(counted('holds_expired_total')).toBe(1);
  expect(before.get('boxoffice_inventory_oldest_overdue_hold_seconds')).toBeGreaterThan(0);
  // Those of dates that can be booked now; what nobody has swept is open all the same.
  expect(['OPEN', 'HELD', 'SOLD'].map((state) => before.get(`boxoffice_inventory_seats{state="${state}"}`))).toEqual([
    4, 1, 1,
  ]);
});
