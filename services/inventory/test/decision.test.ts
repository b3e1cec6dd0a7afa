import { describe, expect, test } from '@jest/globals';

import { rejectPayment, rejectRefund, type LockedReservation } from '../decision.ts';

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

describe('a refund', () => {
  test('of the payment that paid is accepted', () => {
    expect(rejectRefund(confirmed, 'house', 5n)).toBeUndefined();
  });

  test.each([
    ['of what does not exist', undefined, 'house', 5n, 'RESERVATION_UNKNOWN'],
    ["of another partner's reservation", confirmed, 'acme', 5n, 'RESERVATION_UNKNOWN'],
    ['of another payment', confirmed, 'house', 6n, 'RESERVATION_NOT_PAID'],
    ['of what is not paid', pending, 'house', 5n, 'RESERVATION_NOT_PAID'],
    ['of what is refunded', { ...confirmed, status: 'REFUNDED' }, 'house', 5n, 'RESERVATION_NOT_PAID'],
  ] as const)('%s is rejected', (_, reservation, partner, paymentId, reason) => {
    expect(rejectRefund(reservation, partner, paymentId)).toBe(reason);
  });
});
