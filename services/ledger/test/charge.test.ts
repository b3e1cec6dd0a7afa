import { expect, test } from '@boxoffice/runtime/testing/tests';
import fc from 'fast-check';

import { balanceMax } from '../account.ts';
import { decideCharges, memberKey } from '../charge.ts';
import type { LockedAccount } from '../sql/lock-accounts.ts';

const account = (memberId: string, posted: bigint, incoming = 0n): LockedAccount => ({
  id: BigInt(memberId),
  partner: 'house',
  member_id: memberId,
  posted,
  held: 0n,
  incoming,
  currency: 'KRW',
});
const byMember = (...accounts: LockedAccount[]) =>
  new Map(accounts.map((one) => [memberKey({ partner: one.partner, memberId: one.member_id }), one]));
const order = (memberId: string, amount: bigint) => ({ partner: 'house', memberId, amount });

test('each charge goes on from what the ones before it have left', () => {
  const decided = decideCharges(
    [order('1', 10n), order('2', 5n), order('1', 1n), order('2', 1n)],
    byMember(account('1', 100n), account('2', 0n)),
  );
  expect(decided.map(({ decision }) => 'balance' in decision && decision.balance)).toEqual([110n, 5n, 111n, 6n]);
});

test('what does not fit is refused, and what comes after it may fit', () => {
  const decided = decideCharges(
    [order('1', 3n), order('1', 1n), order('1', 2n)],
    byMember(account('1', balanceMax - 2n)),
  );
  expect(decided.map(({ decision }) => decision)).toMatchObject([
    { refusal: 'BALANCE_LIMIT' },
    { balance: balanceMax - 1n },
    { refusal: 'BALANCE_LIMIT' },
  ]);
});

test('a charge leaves room for what is on its way back', () => {
  const decided = decideCharges([order('1', 6n), order('1', 5n)], byMember(account('1', balanceMax - 10n, 5n)));
  expect(decided.map(({ decision }) => decision)).toMatchObject([
    { refusal: 'BALANCE_LIMIT' },
    { balance: balanceMax - 5n },
  ]);
});

test('nobody else is charged for who has no account', () => {
  const [nobody, stranger] = decideCharges(
    [order('3', 1n), { ...order('1', 1n), partner: 'acme' }],
    byMember(account('1', 0n)),
  );
  expect([nobody?.decision, stranger?.decision]).toEqual([
    { refusal: 'MEMBER_UNKNOWN' },
    { refusal: 'MEMBER_UNKNOWN' },
  ]);
});

test('a group comes to what its charges come to one by one', () => {
  const charges = fc.array(fc.tuple(fc.constantFrom('1', '2'), fc.bigInt({ min: 1n, max: 40n })), { maxLength: 30 });
  fc.assert(
    fc.property(charges, fc.bigInt({ min: 0n, max: 100n }), (pairs, room) => {
      const orders = pairs.map(([memberId, amount]) => order(memberId, amount));
      const start = [account('1', balanceMax - room), account('2', 0n)];
      const posted = new Map(start.map((one) => [one.id, one.posted]));
      const oneByOne = orders.map((one) => {
        const now = start.map((each) => ({ ...each, posted: posted.get(each.id) ?? 0n }));
        const [decided] = decideCharges([one], byMember(...now));
        const decision = decided?.decision;
        if (decision && 'balance' in decision) posted.set(decision.account.id, decision.balance);
        return decision && ('balance' in decision ? decision.balance : decision.refusal);
      });
      const together = decideCharges(orders, byMember(...start)).map(({ decision }) =>
        'balance' in decision ? decision.balance : decision.refusal,
      );
      expect(together).toEqual(oneByOne);
    }),
  );
});
