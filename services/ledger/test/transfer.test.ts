import { expect, test } from '@boxoffice/runtime/testing/tests';
import fc from 'fast-check';

import { balanceMax } from '../account.ts';
import { begin, mayBecome, routes, sidesOf, type TransferKind, type TransferState } from '../transfer.ts';

const kinds = Object.keys(routes) as TransferKind[];
const states: readonly TransferState[] = ['PENDING', 'POSTED', 'VOIDED'];

test('the sides of any transfer sum to zero, and the debit is never positive', () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.bigInt({ min: 0n, max: balanceMax }), (kind, amount) => {
      const [debit, credit] = sidesOf(kind, amount);
      expect(debit.amount + credit.amount).toBe(0n);
      expect(debit.amount <= 0n).toBe(true);
      expect(debit.account).not.toBe(credit.account);
    }),
  );
});

test('every transfer has a member on exactly one side', () => {
  for (const { debit, credit } of Object.values(routes)) {
    expect([debit, credit].filter((account) => account === 'MEMBER')).toHaveLength(1);
  }
});

test('a refund goes the way of its payment back', () => {
  expect(routes.REFUND).toEqual({ debit: routes.PAYMENT.credit, credit: routes.PAYMENT.debit });
});

test('there is no negative transfer', () => {
  expect(() => sidesOf('CHARGE', -1n)).toThrow(RangeError);
});

test('only a payment waits', () => {
  expect(kinds.filter((kind) => begin(kind) === 'PENDING')).toEqual(['PAYMENT']);
});

test('a transfer resolves once', () => {
  const steps = states.flatMap((from) => states.map((to) => [from, to] as const));
  expect(steps.filter(([from, to]) => mayBecome(from, to))).toEqual([
    ['PENDING', 'POSTED'],
    ['PENDING', 'VOIDED'],
  ]);
});
