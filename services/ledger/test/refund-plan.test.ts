import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { reasonOf } from '@boxoffice/runtime/error';

import { isFor, planAll, planSeats, refusalOfRejection, type PaidSeat } from '../refund.ts';

const seats: readonly PaidSeat[] = [
  { id: 1n, price: 1_000n, refunded: false },
  { id: 2n, price: 0n, refunded: false },
  { id: 3n, price: 500n, refunded: true },
];
const refusal = (seatIds: readonly bigint[]) => {
  try {
    return planSeats(seatIds, seats);
  } catch (error) {
    return reasonOf(error);
  }
};

describe('a refund', () => {
  test('of all that is left gives back what is left', () => {
    expect(planAll({ amount: 1_500n, refunded_amount: 500n })).toEqual({ amount: 1_000n, seatIds: [], closing: true });
    expect(planAll({ amount: 0n, refunded_amount: 0n })).toEqual({ amount: 0n, seatIds: [], closing: true });
  });

  test('of a seat gives back what it cost, and leaves the payment open while there is another, of whatever price', () => {
    expect(planSeats([1n], seats)).toEqual({ amount: 1_000n, seatIds: [1n], closing: false });
    expect(planSeats([2n], seats)).toEqual({ amount: 0n, seatIds: [2n], closing: false });
  });

  test('of the last seats closes the payment', () => {
    expect(planSeats([2n, 1n], seats)).toEqual({ amount: 1_000n, seatIds: [1n, 2n], closing: true });
  });

  test('of seats that are not there, or not any more, is refused', () => {
    expect(refusal([1n, 9n])).toBe('SEAT_UNKNOWN');
    expect(refusal([1n, 3n])).toBe('SEAT_REFUNDED');
    expect(refusal([3n, 9n])).toBe('SEAT_UNKNOWN');
  });
});

test('a refund is for what is asked when it is for exactly these seats, or for all that were left', () => {
  const some = { seat_ids: [1n, 2n], closing: false };
  expect(isFor(some, [2n, 1n])).toBe(true);
  expect(isFor(some, [1n])).toBe(false);
  expect(isFor(some, [1n, 3n])).toBe(false);
  expect(isFor(some, [])).toBe(false);
  expect(isFor({ ...some, closing: true }, [])).toBe(true);
  const all = { seat_ids: [], closing: true };
  expect(isFor(all, [])).toBe(true);
  expect(isFor(all, [1n])).toBe(false);
});

test('a rejection by Inventory is told as what it means for a payment', () => {
  expect(refusalOfRejection('SEAT_REFUNDED')).toBe('SEAT_REFUNDED');
  expect(refusalOfRejection('SEAT_UNKNOWN')).toBe('SEAT_UNKNOWN');
  expect(refusalOfRejection('RESERVATION_NOT_PAID')).toBe('PAYMENT_NOT_PAID');
  expect(refusalOfRejection('SOMETHING_NEW')).toBe('PAYMENT_NOT_PAID');
});
