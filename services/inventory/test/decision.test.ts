import { describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { rejectPayment, rejectRefund, type ListedSeat, type LockedReservation } from '../decision.ts';

const pending: LockedReservation = {
  reservation_id: 7n,
  partner: 'house',
  member_id: 'alice',
  schedule_id: 1n,
  schedule_state: 'ON_SALE',
  status: 'PENDING',
  amount: 3_000n,
  extended: false,
  payment_id: null,
};
const payment = { partner: 'house', memberId: 'alice', amount: 3_000n };
const confirmed: LockedReservation = { ...pending, status: 'CONFIRMED', payment_id: 5n };

describe('a payment', () => {
  test('of the right member, amount and time is accepted', () => {
    expect(rejectPayment(pending, payment)).toBeUndefined();
  });

  test.each([
    ['of what does not exist', undefined, payment, 'RESERVATION_UNKNOWN'],
    ["of another partner's reservation", pending, { ...payment, partner: 'acme' }, 'RESERVATION_UNKNOWN'],
    ["of another member's reservation", pending, { ...payment, memberId: 'bob' }, 'RESERVATION_UNKNOWN'],
    ["of another's paid reservation", confirmed, { ...payment, memberId: 'bob' }, 'RESERVATION_UNKNOWN'],
    ['of a paid reservation', confirmed, payment, 'RESERVATION_PAID'],
    ['of a hold that has run out', { ...pending, status: 'EXPIRED' }, payment, 'HOLD_OVER'],
    ['of a released hold', { ...pending, status: 'CANCELLED' }, payment, 'HOLD_OVER'],
    ['of a refunded reservation', { ...pending, status: 'REFUNDED' }, payment, 'HOLD_OVER'],
    ['for a date called off', { ...pending, schedule_state: 'CANCELLED' }, payment, 'SCHEDULE_CANCELLED'],
    ['of too much', pending, { ...payment, amount: 3_001n }, 'AMOUNT_MISMATCH'],
    ['of nothing', pending, { ...payment, amount: 0n }, 'AMOUNT_MISMATCH'],
  ] as const)('%s is rejected', (_, reservation, asked, reason) => {
    expect(rejectPayment(reservation, asked)).toBe(reason);
  });
});

/** Two seats that are left, and one that is not. */
const listed: readonly ListedSeat[] = [
  { seat_id: 1n, price: 1_000n, refunded: false },
  { seat_id: 2n, price: 1_500n, refunded: false },
  { seat_id: 3n, price: 500n, refunded: true },
];
const refund = { partner: 'house', paymentId: 5n, seatIds: [], amount: 2_500n };

describe('a refund', () => {
  test('of what is left, or of some of it, for what it cost is accepted', () => {
    expect(rejectRefund(confirmed, listed, refund)).toBeUndefined();
    expect(rejectRefund(confirmed, listed, { ...refund, seatIds: [2n], amount: 1_500n })).toBeUndefined();
    expect(rejectRefund(confirmed, listed, { ...refund, seatIds: [2n, 1n] })).toBeUndefined();
  });

  test('of a seat that cost nothing is accepted', () => {
    const free = [{ seat_id: 1n, price: 0n, refunded: false }];
    expect(rejectRefund(confirmed, free, { ...refund, amount: 0n })).toBeUndefined();
  });

  test.each([
    ['of what does not exist', undefined, {}, 'RESERVATION_UNKNOWN'],
    ["of another partner's reservation", confirmed, { partner: 'acme' }, 'RESERVATION_UNKNOWN'],
    ['of another payment', confirmed, { paymentId: 6n }, 'RESERVATION_NOT_PAID'],
    ['of what is not paid', pending, {}, 'RESERVATION_NOT_PAID'],
    ['of what is refunded', { ...confirmed, status: 'REFUNDED' }, {}, 'RESERVATION_NOT_PAID'],
    ['of a seat of others', confirmed, { seatIds: [1n, 9n], amount: 1_000n }, 'SEAT_UNKNOWN'],
    ['of a seat that is refunded', confirmed, { seatIds: [1n, 3n], amount: 1_500n }, 'SEAT_REFUNDED'],
    ['of more than it cost', confirmed, { amount: 2_501n }, 'AMOUNT_MISMATCH'],
    ['of what other seats cost', confirmed, { seatIds: [1n], amount: 1_500n }, 'AMOUNT_MISMATCH'],
  ] as const)('%s is rejected', (_, reservation, change, reason) => {
    expect(rejectRefund(reservation, listed, { ...refund, ...change })).toBe(reason);
  });
});
