import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { reasonOf, ServiceError } from '@boxoffice/runtime/error';
import { isReplay } from '@boxoffice/runtime/replay';

import { balanceMax } from '../account.ts';
import { readSystemBalance, rollUpBalances } from '../sql/roll-up-balances.ts';
import { until } from './until.ts';
import { ledgerDatabase, partner, type LedgerDatabase } from './ledger-database.ts';

let ledger: LedgerDatabase;
let other: LedgerDatabase['charge'];
beforeAll(async () => {
  ledger = await ledgerDatabase();
  other = ledger.anotherProcess();
});
afterEach(() => ledger.assertInvariants());
afterAll(async () => ledger[Symbol.asyncDispose]());

const times = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)));
/** Why a charge is refused, and whether it was before. */
const refusalOf = async (charge: Promise<unknown>) => {
  const refusal = await charge.then(
    () => undefined,
    (error: unknown) => error,
  );
  return [reasonOf(refusal), refusal instanceof ServiceError && isReplay(refusal.metadata)];
};
const balanceOf = async (memberId: string) => (await ledger.account(memberId)).posted;
const entriesOf = async (memberId: string) =>
  (
    await ledger.pool.query<{ amount: bigint; balance_after: bigint }>(
      `select amount, balance_after from entries
       where account_id = (select id from accounts where member_id = $1) order by id`,
      [memberId],
    )
  ).rows;
const topUpBalance = async () =>
  (await readSystemBalance.one(ledger.pool, [await ledger.systemAccounts.topUp(partner)])).balance;

test('charges add up when many come at once, and each is in the history with its balance', async () => {
  const member = await ledger.member(0n);
  await times(50, () => ledger.charge(member, 10n));
  expect(await balanceOf(member)).toBe(500n);
  expect((await entriesOf(member)).map(({ balance_after }) => balance_after)).toEqual(
    Array.from({ length: 50 }, (_, index) => BigInt(index + 1) * 10n),
  );
});

test('two processes charge the same members, in opposite orders, without a deadlock', async () => {
  const members = await times(20, () => ledger.member(0n));
  const charges = [...members.map((one) => ledger.charge(one, 1n)), ...members.reverse().map((one) => other(one, 2n))];
  await Promise.all(charges);
  expect(await Promise.all(members.map(balanceOf))).toEqual(members.map(() => 3n));
});

test('a charge goes up to the limit of a balance, and not beyond', async () => {
  const member = await ledger.member(balanceMax - 1n);
  const [tooMuch, fits, full] = await Promise.allSettled([2n, 1n, 1n].map((amount) => ledger.charge(member, amount)));
  expect([tooMuch, full].map((one) => one?.status === 'rejected' && reasonOf(one.reason))).toEqual([
    'BALANCE_LIMIT',
    'BALANCE_LIMIT',
  ]);
  expect(fits).toMatchObject({ value: { response: { balance: { balance: balanceMax } } } });
});

test('one of a group that cannot be stored fails alone', async () => {
  const member = await ledger.member(0n);
  const [good, bad] = await Promise.allSettled([ledger.charge(member, 1n), ledger.charge('no\0body', 1n)]);
  expect([good.status, bad.status]).toEqual(['fulfilled', 'rejected']);
  expect(await balanceOf(member)).toBe(1n);
});

describe('a request id', () => {
  test('is charged once, and answered the same by every process', async () => {
    const [member, requestId] = [await ledger.member(0n), randomUUID()];
    const first = await ledger.charge(member, 10n, requestId);
    await ledger.charge(member, 1n);
    const again = await other(member, 10n, requestId);
    expect(again).toEqual({ response: first.response, replayed: true });
    expect(await balanceOf(member)).toBe(11n);
  });

  test('that two processes get at once is charged once', async () => {
    const member = await ledger.member(0n);
    const requestIds = Array.from({ length: 20 }, () => randomUUID());
    const calls = requestIds.flatMap((id) => [ledger.charge(member, 1n, id), other(member, 1n, id)]);
    const outcomes = await Promise.allSettled(calls);
    expect(await balanceOf(member)).toBe(20n);
    const refusals = outcomes.flatMap((one) => (one.status === 'rejected' ? [reasonOf(one.reason)] : []));
    const made = outcomes.flatMap((one) => (one.status === 'fulfilled' && !one.value.replayed ? [one.value] : []));
    expect(made).toHaveLength(20);
    expect(new Set(refusals)).not.toContain(undefined);
    expect(refusals.filter((reason) => reason !== 'REQUEST_IN_FLIGHT')).toEqual([]);
  });

  test.each(['this', 'another'])('that is under way in %s process is not done again', async (where) => {
    const [member, requestId] = [await ledger.member(0n), randomUUID()];
    const client = await ledger.pool.connect();
    try {
      await client.query('begin');
      await client.query('select from accounts where member_id = $1 for update', [member]);
      const first = ledger.charge(member, 1n, requestId);
      await until(
        async () => (await client.query('select from pg_locks where not granted')).rowCount,
        (count) => count === 1,
      );
      const again = where === 'this' ? ledger.charge(member, 1n, requestId) : other(member, 1n, requestId);
      expect(await refusalOf(again)).toEqual(['REQUEST_IN_FLIGHT', false]);
      await client.query('rollback');
      expect((await first).replayed).toBe(false);
    } finally {
      client.release();
    }
    expect(await balanceOf(member)).toBe(1n);
  });

  test('is good for one body', async () => {
    const [member, requestId] = [await ledger.member(0n), randomUUID()];
    await ledger.charge(member, 1n, requestId);
    expect(await refusalOf(ledger.charge(member, 2n, requestId))).toEqual(['REQUEST_ID_REUSED', false]);
  });

  test('of one member is not that of another', async () => {
    const [one, another, requestId] = [await ledger.member(0n), await ledger.member(0n), randomUUID()];
    await Promise.all([ledger.charge(one, 1n, requestId), ledger.charge(another, 2n, requestId)]);
    expect([await balanceOf(one), await balanceOf(another)]).toEqual([1n, 2n]);
  });

  test('of nobody, that two processes get at once, is refused', async () => {
    const requestIds = Array.from({ length: 10 }, () => randomUUID());
    const refusals = await Promise.all(
      requestIds.flatMap((id) => [ledger.charge('nobody', 1n, id), other('nobody', 1n, id)].map(refusalOf)),
    );
    const reasons = new Set(refusals.map(([reason]) => reason));
    reasons.delete('REQUEST_IN_FLIGHT');
    expect(reasons).toEqual(new Set(['MEMBER_UNKNOWN']));
  });

  test('that was refused is refused again, though the reason is gone', async () => {
    const [member, requestId] = [randomUUID(), randomUUID()];
    expect(await refusalOf(ledger.charge(member, 1n, requestId))).toEqual(['MEMBER_UNKNOWN', false]);
    await ledger.open(member);
    expect(await refusalOf(other(member, 1n, requestId))).toEqual(['MEMBER_UNKNOWN', true]);
  });
});

test('the balance of the top-up source is exact, however much of it is rolled up', async () => {
  const [member, before] = [await ledger.member(0n), await topUpBalance()];
  await times(20, () => ledger.charge(member, 5n));
  expect(await topUpBalance()).toBe(before - 100n);
  await times(4, () => rollUpBalances.one(ledger.pool, [3]));
  await Promise.all([
    times(10, () => ledger.charge(member, 1n)),
    times(4, () => rollUpBalances.one(ledger.pool, [1_000])),
  ]);
  expect(await topUpBalance()).toBe(before - 110n);
  expect((await rollUpBalances.one(ledger.pool, [1_000])).rolled_up).toBeGreaterThanOrEqual(0n);
  expect(await topUpBalance()).toBe(before - 110n);
});
