import { describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { isReason } from '@boxoffice/proto/reasons';

import {
  awaited,
  begin,
  isLive,
  next,
  paymentEvents,
  paymentStatuses,
  refusalBesides,
  refusalOf,
  type PaymentEvent,
  type PaymentState,
} from '../payment.ts';

const allowed = new Map<string, PaymentState>([
  ['RESERVED CONFIRMED', 'PAID'],
  ['RESERVED REJECTED', 'VOIDED'],
  ['PAID REFUND_ASKED', 'REFUNDING'],
  ['REFUNDING REVOKED', 'REFUNDED'],
  ['REFUNDING REVOKED_IN_PART', 'PAID'],
  ['REFUNDING REVOKE_REJECTED', 'PAID'],
]);
const combinations = paymentStatuses.flatMap((state) =>
  paymentEvents.map((event): [PaymentState, PaymentEvent, PaymentState | undefined] => [
    state,
    event,
    allowed.get(`${state} ${event}`),
  ]),
);

test.each(combinations)('%s and %s make %s', (state, event, expected) => {
  expect(next(state, event)).toBe(expected);
});

test('a payment begins by what is available', () => {
  expect(begin(100n, 100n)).toBe('RESERVED');
  expect(begin(99n, 100n)).toBe('DECLINED');
  expect(begin(0n, 0n)).toBe('RESERVED');
});

describe('the states', () => {
  test('that wait for somebody are those from which decisions lead on', () => {
    const waiting = paymentStatuses.filter((state) => awaited(state) !== undefined);
    expect(waiting).toEqual(['RESERVED', 'REFUNDING']);
    expect(awaited('RESERVED')).toBe('confirmation');
    expect(awaited('REFUNDING')).toBe('revocation');
  });

  test('that are final lead nowhere', () => {
    const final = paymentStatuses.filter((state) => paymentEvents.every((event) => next(state, event) === undefined));
    expect(final).toEqual(['VOIDED', 'DECLINED', 'REFUNDED']);
    expect(final.filter(isLive)).toEqual([]);
  });

  test('that are live keep a reservation for themselves', () => {
    expect(paymentStatuses.filter(isLive)).toEqual(['RESERVED', 'PAID', 'REFUNDING']);
  });
});

test('a second payment is told whether the first is under way or done', () => {
  expect(refusalBesides('RESERVED')).toBe('PAYMENT_IN_FLIGHT');
  expect(refusalBesides('PAID')).toBe('RESERVATION_PAID');
  expect(refusalBesides('REFUNDING')).toBe('RESERVATION_PAID');
});

describe('the refusal of a payment', () => {
  test('is its stored reason where it has failed', () => {
    expect(refusalOf('DECLINED', 'BALANCE_TOO_LOW')).toBe('BALANCE_TOO_LOW');
    expect(refusalOf('VOIDED', 'HOLD_OVER')).toBe('HOLD_OVER');
    expect(refusalOf('VOIDED', 'SCHEDULE_CANCELLED')).toBe('SCHEDULE_CANCELLED');
  });

  test('is a known one where the stored is not known', () => {
    expect(refusalOf('VOIDED', 'SOMETHING_NEW')).toBe('HOLD_OVER');
    expect(isReason('SOMETHING_NEW')).toBe(false);
  });

  test.each(['RESERVED', 'PAID', 'REFUNDING', 'REFUNDED'] as const)('is none when it is %s', (state) => {
    expect(refusalOf(state, '')).toBeUndefined();
  });
});
