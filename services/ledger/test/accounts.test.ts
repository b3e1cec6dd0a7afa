import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Client } from '@connectrpc/connect';
import { TransferKind, type LedgerService } from '@boxoffice/proto/ledger';

import { balanceMax } from '../account.ts';
import { BoxOffice } from './box-office.ts';
import { assertInvariants, refusalOf } from './purchase.ts';

let office: BoxOffice;
let ledger: Client<typeof LedgerService>;
let second: Client<typeof LedgerService>;
let acme: Client<typeof LedgerService>;

beforeAll(async () => {
  office = await BoxOffice.open();
  const app = await office.startLedger();
  ledger = office.ledger(app);
  acme = office.ledger(app, 'acme');
  second = office.ledger(await office.startLedger());
});
afterEach(() => assertInvariants(office));
afterAll(async () => office[Symbol.asyncDispose]());

const member = async (balance = 0n): Promise<string> => {
  const { balance: opened } = await ledger.openAccount({});
  const memberId = opened?.memberId ?? '';
  if (balance > 0n) await ledger.charge({ memberId, amount: balance });
  return memberId;
};
const balanceOf = async (memberId: string) => (await ledger.getBalance({ memberId })).balance;

describe('opening an account', () => {
  test('makes an empty one, and gives it back the second time', async () => {
    const memberId = randomUUID();
    expect(await ledger.openAccount({ memberId })).toMatchObject({
      created: true,
      balance: { memberId, balance: 0n, held: 0n, currencyCode: 'KRW' },
    });
    await ledger.charge({ memberId, amount: 5n });
    expect(await ledger.openAccount({ memberId })).toMatchObject({ created: false, balance: { balance: 5n } });
  });

  test('makes up an id for who has none', async () => {
    const { balance, created } = await ledger.openAccount({});
    expect(created).toBe(true);
    expect(balance?.memberId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('by many at once makes one', async () => {
    const memberId = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? ledger : second).openAccount({ memberId })),
    );
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
  });

  test('of the same id by another partner is another account', async () => {
    const memberId = await member(7n);
    expect((await acme.openAccount({ memberId })).created).toBe(true);
    expect((await acme.getBalance({ memberId })).balance?.balance).toBe(0n);
    expect((await balanceOf(memberId))?.balance).toBe(7n);
  });

  test('takes any text as an id, up to 64 characters', async () => {
    const memberId = '회원 🎫 \'"; drop table accounts; --'.padEnd(64, 'x').slice(0, 60);
    expect((await ledger.openAccount({ memberId })).balance?.memberId).toBe(memberId);
    expect(await refusalOf(ledger.openAccount({ memberId: 'x'.repeat(65) }))).toBe('REQUEST_INVALID');
    expect(await refusalOf(ledger.openAccount({ memberId: 'a\u0000b' }))).toBe('REQUEST_INVALID');
  });
});

describe('asking for a balance', () => {
  test('of an unknown member, or of another partner’s, is refused', async () => {
    const memberId = await member();
    expect(await refusalOf(ledger.getBalance({ memberId: 'nobody' }))).toBe('MEMBER_UNKNOWN');
    expect(await refusalOf(acme.getBalance({ memberId }))).toBe('MEMBER_UNKNOWN');
  });
});

describe('charging', () => {
  test('gives the balance after it', async () => {
    const memberId = await member();
    const { balance, transferId } = await ledger.charge({ memberId, amount: 30_000n });
    expect(balance).toMatchObject({ memberId, balance: 30_000n, held: 0n, currencyCode: 'KRW' });
    expect(transferId > 0n).toBe(true);
  });

  test('counts once a request id, whichever instance is asked, and each without one', async () => {
    const memberId = await member();
    const request = { requestId: randomUUID(), memberId, amount: 10n };
    const first = await ledger.charge(request);
    expect(await second.charge(request)).toEqual(first);
    await ledger.charge({ memberId, amount: 1n });
    await ledger.charge({ memberId, amount: 1n });
    expect((await balanceOf(memberId))?.balance).toBe(12n);
  });

  test('with a request id of another request is refused', async () => {
    const memberId = await member();
    const requestId = randomUUID();
    await ledger.charge({ requestId, memberId, amount: 10n });
    expect(await refusalOf(ledger.charge({ requestId, memberId, amount: 11n }))).toBe('REQUEST_ID_REUSED');
    const other = await member();
    expect((await ledger.charge({ requestId, memberId: other, amount: 11n })).balance?.balance).toBe(11n);
    await acme.openAccount({ memberId });
    expect((await acme.charge({ requestId, memberId, amount: 11n })).balance?.balance).toBe(11n);
  });

  test('stays refused under its request id', async () => {
    const memberId = randomUUID();
    const request = { requestId: randomUUID(), memberId, amount: 10n };
    expect(await refusalOf(ledger.charge(request))).toBe('MEMBER_UNKNOWN');
    await ledger.openAccount({ memberId });
    expect(await refusalOf(ledger.charge(request))).toBe('MEMBER_UNKNOWN');
    expect((await ledger.charge({ ...request, requestId: randomUUID() })).balance?.balance).toBe(10n);
  });

  test('ends at the limit of a balance', async () => {
    const memberId = await member();
    // A request may charge 10^12; the rest of the way by hand.
    await office.pools.ledger.query(
      `with a as (update accounts set posted = $2 where member_id = $1 returning id),
         t as (insert into transfers (kind, state, amount, debit_account, credit_account, resolved_at)
           select 'CHARGE', 'POSTED', $2, (select id from accounts where kind = 'TOP_UP' and partner = 'house'), a.id, now()
           from a returning id, debit_account, credit_account)
       insert into entries (transfer_id, account_id, amount, balance_after)
       select id, debit_account, -$2::bigint, null from t union all select id, credit_account, $2, $2 from t`,
      [memberId, balanceMax - 5n],
    );
    expect(await refusalOf(ledger.charge({ memberId, amount: 6n }))).toBe('BALANCE_LIMIT');
    expect((await ledger.charge({ memberId, amount: 5n })).balance?.balance).toBe(balanceMax);
  });

  test.each([0n, -1n, 1_000_000_000_001n, balanceMax + 1n])('%s is refused', async (amount) => {
    const memberId = await member();
    expect(await refusalOf(ledger.charge({ memberId, amount }))).toBe('REQUEST_INVALID');
  });

  test('fifty times at once, over two instances, half of them told twice, counts each once', async () => {
    const memberId = await member();
    const calls = Array.from({ length: 50 }, (_, index) => ({
      requestId: randomUUID(),
      memberId,
      amount: BigInt(index + 1),
    })).flatMap((request, index) => [
      ledger.charge(request),
      ...(index % 2 === 0 ? [second.charge(request).catch(() => undefined)] : []),
    ]);
    const outcomes = await Promise.allSettled(calls);
    // One of two at once may be told that the other is in flight: told again, it has the answer.
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(50);
    const { entries } = await ledger.listEntries({ memberId, pageSize: 100 });
    expect(new Set(entries.map(({ amount }) => amount)).size).toBe(entries.length);
    const sum = entries.reduce((total, { amount }) => total + amount, 0n);
    expect((await balanceOf(memberId))?.balance).toBe(sum);
    expect(sum).toBe(1_275n);
  });
});

describe('a statement', () => {
  test('lists what happened, newest first, with the balance after each', async () => {
    const memberId = await member();
    for (const amount of [5n, 7n, 11n]) await ledger.charge({ memberId, amount });
    const { entries, nextPageToken } = await ledger.listEntries({ memberId });
    expect(entries.map(({ amount, balanceAfter }) => [amount, balanceAfter])).toEqual([
      [11n, 23n],
      [7n, 12n],
      [5n, 5n],
    ]);
    expect(entries.every(({ kind, paymentId }) => kind === TransferKind.CHARGE && paymentId === undefined)).toBe(true);
    expect(nextPageToken).toBe('');
  });

  test('comes in pages, without gaps or doubles though more is charged in between', async () => {
    const memberId = await member();
    for (let amount = 1n; amount <= 7n; amount += 1n) await ledger.charge({ memberId, amount });
    const amounts: bigint[] = [];
    let pageToken = '';
    do {
      const page = await ledger.listEntries({ memberId, pageSize: 3, pageToken });
      amounts.push(...page.entries.map(({ amount }) => amount));
      pageToken = page.nextPageToken;
      await ledger.charge({ memberId, amount: 100n });
    } while (pageToken !== '');
    expect(amounts).toEqual([7n, 6n, 5n, 4n, 3n, 2n, 1n]);
  });

  test('that ends with a full page has no next one', async () => {
    const memberId = await member();
    for (const amount of [1n, 2n]) await ledger.charge({ memberId, amount });
    expect((await ledger.listEntries({ memberId, pageSize: 2 })).nextPageToken).toBe('');
  });

  test('of a new account is empty, and of an unknown member refused', async () => {
    expect((await ledger.listEntries({ memberId: await member() })).entries).toEqual([]);
    expect(await refusalOf(ledger.listEntries({ memberId: 'nobody' }))).toBe('MEMBER_UNKNOWN');
  });

  test('refuses a page token of another member, and one that is none', async () => {
    const [memberId, other] = [await member(1n), await member(1n)];
    await ledger.charge({ memberId, amount: 1n });
    const { nextPageToken } = await ledger.listEntries({ memberId, pageSize: 1 });
    expect(nextPageToken).not.toBe('');
    const wrong = ledger.listEntries({ memberId: other, pageToken: nextPageToken });
    expect(await refusalOf(wrong)).toBe('PAGE_TOKEN_INVALID');
    expect(await refusalOf(ledger.listEntries({ memberId, pageToken: 'nonsense' }))).toBe('PAGE_TOKEN_INVALID');
    expect(await refusalOf(ledger.listEntries({ memberId, pageSize: 101 }))).toBe('REQUEST_INVALID');
  });
});
