import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { sqlState } from '@boxoffice/runtime/database/failure';
import { violations } from '@boxoffice/runtime/database/invariant';

import { invariants } from '../invariants.ts';
import type { PaymentRow } from '../payment-row.ts';
import { rollUpBalances } from '../sql/roll-up-balances.ts';
import { postPayment } from '../sql/settle-payment.ts';
import { ledgerDatabase, newReservationId, type LedgerDatabase } from './ledger-database.ts';

/** SQLSTATEs. */
const check = '23514';
const unique = '23505';
const foreignKey = '23503';
const notNull = '23502';
const forbidden = '23001';

let ledger: LedgerDatabase;
let member: bigint;
let other: bigint;
let topUp: bigint;
let revenue: bigint;
let reserved: PaymentRow;
let paid: PaymentRow;

beforeAll(async () => {
  ledger = await ledgerDatabase();
  const [memberId, otherId] = [await ledger.member(1_000n), await ledger.member(1_000n)];
  member = (await ledger.account(memberId)).id;
  other = (await ledger.account(otherId)).id;
  topUp = await ledger.systemAccounts.topUp('house');
  reserved = await ledger.reserve(memberId, 100n);
  const payment = await ledger.reserve(memberId, 50n);
  paid = (await postPayment.maybe(ledger.pool, [payment.id, payment.account_id, 0, payment.attempt])) ?? payment;
  revenue = await ledger.systemAccounts.revenue(payment.schedule_id);
  await rollUpBalances.one(ledger.pool, [100]);
});
afterAll(async () => {
  await ledger.assertInvariants();
  await ledger[Symbol.asyncDispose]();
});

/** Each in a transaction of its own, `:name` being an id of the set-up. */
async function run(sql: string): Promise<string | undefined> {
  const ids: Record<string, bigint | string> = {
    member,
    other,
    topUp,
    revenue,
    reserved: reserved.id,
    paid: paid.id,
    reservation: reserved.reservation_id,
    free: newReservationId(),
    uuid: randomUUID(),
  };
  const text = sql.replace(/:([a-zA-Z]+)\b/g, (_, name: string) => String(ids[name] ?? `:${name}`));
  const client = await ledger.pool.connect();
  try {
    await client.query(`begin; ${text}; commit`);
    return undefined;
  } catch (error) {
    return sqlState(error);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const payment = (overrides: Readonly<Record<string, string>>): string => {
  const row: Record<string, string> = {
    partner: `'house'`,
    member_id: `'1'`,
    account_id: ':member',
    reservation_id: ':free',
    schedule_id: '7',
    ticket_number: '1',
    ticket_id: `':uuid'`,
    amount: '1',
    currency: `'KRW'`,
    status: `'RESERVED'`,
    lease_until: 'now()',
    ...overrides,
  };
  return `insert into payments (${Object.keys(row).join(', ')}) values (${Object.values(row).join(', ')})`;
};
const transfer = (
  kind: string,
  state: string,
  debit: string,
  credit: string,
  more = '1',
  of = 'null',
  refund = 'null',
) =>
  `insert into transfers (kind, state, amount, debit_account, credit_account, payment_id, refund_id, resolved_at)
   values ('${kind}', '${state}', ${more}, ${debit}, ${credit}, ${of}, ${refund}, ${state === 'PENDING' ? 'null' : 'now()'})`;
/** Of the whole payment. */
const refund = (overrides: Readonly<Record<string, string>> = {}): string => {
  const row: Record<string, string> = {
    payment_id: ':paid',
    amount: '50',
    seat_ids: `'{}'`,
    closing: 'true',
    ...overrides,
  };
  return `insert into refunds (${Object.keys(row).join(', ')}) values (${Object.values(row).join(', ')})`;
};
const latest = `currval('refund_ids')`;
const refunding = (): string =>
  `${refund()}; update payments set status = 'REFUNDING', refund_id = ${latest}, lease_until = now() where id = :paid`;
const givenBack = (amount: string): string =>
  `with t as (${transfer('REFUND', 'POSTED', ':revenue', ':member', amount, ':paid', latest)} returning id)
   insert into entries (transfer_id, account_id, amount, balance_after)
   select t.id, s.account, s.amount, s.balance
   from t, (values (:member, ${amount}, 0), (:revenue, -${amount}, null)) as s (account, amount, balance)`;
const withEntries = (kind: string, debit: string, credit: string, sides: readonly string[]) =>
  `with t as (${transfer(kind, 'POSTED', debit, credit)} returning id)
   insert into entries (transfer_id, account_id, amount, balance_after)
   select t.id, s.account, s.amount, case when s.account not in (:topUp, :revenue) then 0 end
   from t, (values ${sides.join(', ')}) as s (account, amount)`;

const faults: readonly (readonly [what: string, state: string, sql: string])[] = [
  ['a balance below zero', check, 'update accounts set posted = -1, held = 0 where id = :member'],
  ['a hold below zero', check, 'update accounts set held = -1 where id = :member'],
  ['more held than there is', check, 'update accounts set held = posted + 1 where id = :member'],
  ['a balance above the limit', check, 'update accounts set posted = 9007199254740992 where id = :member'],
  ['no room for what comes back', check, 'update accounts set incoming = 9007199254740991 where id = :member'],
  ['less than nothing coming back', check, 'update accounts set incoming = -1 where id = :member'],
  ['a balance of a system account', check, 'update accounts set posted = 0 where id = :topUp'],
  ['a member account without a balance', check, 'update accounts set posted = null where id = :member'],
  [
    'a second account of a member',
    unique,
    `insert into accounts (kind, partner, member_id, currency, posted, held, incoming)
     select 'MEMBER', partner, member_id, 'KRW', 0, 0, 0 from accounts where id = :member`,
  ],
  [
    'a second top-up account of a partner',
    unique,
    `insert into accounts (kind, partner, currency) values ('TOP_UP', 'house', 'KRW')`,
  ],
  [
    'a second revenue account of a schedule',
    unique,
    `insert into accounts (kind, schedule_id, currency) values ('REVENUE', 7, 'KRW')`,
  ],
  [
    'a revenue account of a member',
    check,
    `insert into accounts (kind, schedule_id, partner, member_id, currency) values ('REVENUE', 8, 'house', 'x', 'KRW')`,
  ],
  ['an account of no kind', check, `insert into accounts (kind, partner, currency) values ('OTHER', 'x', 'KRW')`],
  ['a currency that is none', check, `insert into accounts (kind, partner, currency) values ('TOP_UP', 'x', 'won')`],
  ['an account that changes hands', forbidden, `update accounts set member_id = 'x' where id = :member`],
  ['an account that is deleted', forbidden, 'delete from accounts where id = :member'],
  ['accounts that are truncated', forbidden, 'truncate accounts cascade'],

  ['a second live payment of a reservation', unique, payment({ reservation_id: ':reservation' })],
  ['a payment that begins as paid', forbidden, payment({ status: `'PAID'`, lease_until: 'null' })],
  ['a payment that begins in no state', forbidden, payment({ status: `'LOST'`, lease_until: 'null' })],
  ['a payment under way that is nobody’s', check, payment({ lease_until: 'null' })],
  ['a declined payment with a lease', check, payment({ status: `'DECLINED'`, reason: `'BALANCE_TOO_LOW'` })],
  ['a declined payment without a reason', check, payment({ status: `'DECLINED'`, lease_until: 'null' })],
  ['a negative payment', check, payment({ amount: '-1' })],
  ['a payment above the limit', check, payment({ amount: '9007199254740992' })],
  ['a payment from nowhere', foreignKey, payment({ account_id: '0' })],
  ['a request without a fingerprint', check, payment({ request_id: `':uuid'` })],
  ['a payment without a ticket', notNull, payment({ ticket_id: 'null' })],
  [
    'two payments of a request',
    unique,
    `${payment({ request_id: `':uuid'`, fingerprint: `decode(repeat('00', 32), 'hex')` })};
     ${payment({ request_id: `':uuid'`, fingerprint: `decode(repeat('00', 32), 'hex')`, reservation_id: ':free + 1000000' })}`,
  ],
  [
    'a paid payment that is voided',
    forbidden,
    `update payments set status = 'VOIDED', reason = 'HOLD_OVER' where id = :paid`,
  ],
  [
    'a paid payment that is reserved again',
    forbidden,
    `update payments set status = 'RESERVED', lease_until = now() where id = :paid`,
  ],
  [
    'a reserved payment that is refunded',
    forbidden,
    `update payments set status = 'REFUNDED', refund_id = 1, lease_until = null where id = :reserved`,
  ],
  [
    'a payment voided without a reason',
    check,
    `update payments set status = 'VOIDED', lease_until = null where id = :reserved`,
  ],
  ['a refund without an id', check, `update payments set status = 'REFUNDING', lease_until = now() where id = :paid`],
  [
    'a refund that is none',
    foreignKey,
    `update payments set status = 'REFUNDING', refund_id = 99, lease_until = now() where id = :paid`,
  ],
  [
    'a refund of another payment',
    foreignKey,
    `${refund()}; update payments set refund_id = ${latest} where id = :reserved`,
  ],
  [
    'money given back of a payment under way',
    forbidden,
    'update payments set refunded_amount = 1 where id = :reserved',
  ],
  ['money given back without a refund', forbidden, 'update payments set refunded_amount = 1 where id = :paid'],
  [
    'more given back than was paid',
    check,
    `${refunding()}; update payments set status = 'PAID', refunded_amount = amount + 1, lease_until = null where id = :paid`,
  ],
  [
    'less given back than before',
    forbidden,
    `${refunding()}; update payments set status = 'PAID', refunded_amount = -1, lease_until = null where id = :paid`,
  ],
  [
    'a refunded payment with money left',
    check,
    `${refunding()}; update payments set status = 'REFUNDED', refunded_amount = 1, lease_until = null where id = :paid`,
  ],
  [
    'money given back without its refund being done',
    check,
    `${refunding()}; update payments set status = 'PAID', refunded_amount = 1, lease_until = null where id = :paid`,
  ],
  [
    'a refund that is done and moved nothing',
    check,
    `${refunding()}; update payments set status = 'REFUNDED', refunded_amount = 50, lease_until = null where id = :paid;
     update refunds set status = 'REFUNDED'`,
  ],

  ['a refund that begins as done', forbidden, refund({ status: `'REFUNDED'` })],
  ['a second refund under way', unique, `${refund()}; ${refund()}`],
  ['a refund of no payment', foreignKey, refund({ payment_id: '0' })],
  ['a negative refund', check, refund({ amount: '-1' })],
  ['a refund of no seats that leaves some', check, refund({ closing: 'false' })],
  ['a refund of more seats than a hold has', check, refund({ seat_ids: `array_fill(1, array[11])` })],
  ['a rejected refund without a reason', check, `${refund()}; update refunds set status = 'REJECTED'`],
  ['a refund for other seats', forbidden, `${refund()}; update refunds set seat_ids = '{1}'`],
  ['a refund of another amount', forbidden, `${refund()}; update refunds set amount = 1`],
  [
    'a rejected refund that is done after all',
    forbidden,
    `${refund()}; update refunds set status = 'REJECTED', reason = 'SEAT_REFUNDED';
     update refunds set status = 'REFUNDED', reason = ''`,
  ],
  ['a refund that is deleted', forbidden, `${refund()}; delete from refunds`],
  ['refunds that are truncated', forbidden, 'truncate refunds cascade'],

  ['a payment of another amount', forbidden, 'update payments set amount = 1 where id = :paid'],
  ['a payment by somebody else', forbidden, 'update payments set account_id = :other where id = :paid'],
  ['a payment that is deleted', forbidden, 'delete from payments where id = :paid'],
  ['payments that are truncated', forbidden, 'truncate payments cascade'],

  ['a negative transfer', check, transfer('CHARGE', 'POSTED', ':topUp', ':member', '-1')],
  ['a transfer of no kind', check, transfer('GIFT', 'POSTED', ':topUp', ':member')],
  ['a charge that waits', check, transfer('CHARGE', 'PENDING', ':topUp', ':member')],
  ['a charge of a payment', check, transfer('CHARGE', 'POSTED', ':topUp', ':member', '1', ':paid')],
  ['a payment’s transfer without the payment', check, transfer('PAYMENT', 'PENDING', ':member', ':revenue')],
  ['a payment that is posted at once', forbidden, transfer('PAYMENT', 'POSTED', ':member', ':revenue', '1', ':paid')],
  ['a second debit of a payment', unique, transfer('PAYMENT', 'PENDING', ':member', ':revenue', '1', ':paid')],
  ['a charge from a member', check, transfer('CHARGE', 'POSTED', ':other', ':member')],
  ['a charge to nobody', check, transfer('CHARGE', 'POSTED', ':topUp', '0')],
  ['a refund’s transfer without the refund', check, transfer('REFUND', 'POSTED', ':revenue', ':member', '1', ':paid')],
  [
    'a refund’s transfer for a payment',
    check,
    `${refund()}; ${transfer('PAYMENT', 'PENDING', ':member', ':revenue', '1', ':reserved', latest)}`,
  ],
  [
    'a refund from the top-up account',
    check,
    `${refund()}; ${transfer('REFUND', 'POSTED', ':topUp', ':member', '50', ':paid', latest)}`,
  ],
  [
    'a refund to another payment',
    foreignKey,
    `${refund()}; ${transfer('REFUND', 'POSTED', ':revenue', ':member', '50', ':reserved', latest)}`,
  ],
  ['a refund given back twice', unique, `${refund()}; ${givenBack('50')}; ${givenBack('50')}`],
  ['a refund given back before it is done', check, `${refund()}; ${givenBack('50')}`],
  [
    'a refund of which another amount is given back',
    check,
    `${refunding()}; ${givenBack('49')};
     update refunds set status = 'REFUNDED';
     update payments set status = 'REFUNDED', refunded_amount = 50, lease_until = null where id = :paid`,
  ],
  [
    'a transfer that is posted twice',
    forbidden,
    `update transfers set state = 'POSTED', resolved_at = now() where payment_id = :paid`,
  ],
  [
    'a posted transfer that is voided',
    forbidden,
    `update transfers set state = 'VOIDED', resolved_at = now() where payment_id = :paid`,
  ],
  ['a resolved transfer without a time', check, `update transfers set state = 'VOIDED' where payment_id = :reserved`],
  ['a transfer of another amount', forbidden, 'update transfers set amount = 1 where payment_id = :reserved'],
  ['a transfer that is deleted', forbidden, 'delete from transfers where payment_id = :paid'],
  ['transfers that are truncated', forbidden, 'truncate transfers cascade'],

  ['a posted transfer without entries', check, transfer('CHARGE', 'POSTED', ':topUp', ':member')],
  ['a transfer with one entry', check, withEntries('CHARGE', ':topUp', ':member', ['(:member, 1)'])],
  [
    'entries that do not sum to zero',
    check,
    withEntries('CHARGE', ':topUp', ':member', ['(:member, 2)', '(:topUp, -1)']),
  ],
  ['entries of another amount', check, withEntries('CHARGE', ':topUp', ':member', ['(:member, 2)', '(:topUp, -2)'])],
  ['entries the wrong way round', check, withEntries('CHARGE', ':topUp', ':member', ['(:member, -1)', '(:topUp, 1)'])],
  ['entries of another account', check, withEntries('CHARGE', ':topUp', ':member', ['(:other, 1)', '(:topUp, -1)'])],
  [
    'a third entry',
    check,
    `insert into entries (transfer_id, account_id, amount, balance_after)
     select id, :other, 0, 0 from transfers where payment_id = :paid`,
  ],
  [
    'an entry twice',
    unique,
    `insert into entries (transfer_id, account_id, amount, balance_after)
     select id, :member, 0, 0 from transfers where payment_id = :paid`,
  ],
  [
    'an entry of a pending transfer',
    check,
    `insert into entries (transfer_id, account_id, amount, balance_after)
     select id, :member, 0, 0 from transfers where payment_id = :reserved`,
  ],
  [
    'an entry of no transfer',
    check,
    'insert into entries (transfer_id, account_id, amount, balance_after) values (0, :member, 0, 0)',
  ],
  [
    'an entry of a member without the balance',
    check,
    `with t as (${transfer('CHARGE', 'POSTED', ':topUp', ':member')} returning id)
     insert into entries (transfer_id, account_id, amount)
     select t.id, s.account, s.amount from t, (values (:member, 1), (:topUp, -1)) as s (account, amount)`,
  ],
  [
    'a balance after an entry of the system',
    check,
    `with t as (${transfer('CHARGE', 'POSTED', ':topUp', ':member')} returning id)
     insert into entries (transfer_id, account_id, amount, balance_after)
     select t.id, s.account, s.amount, 1 from t, (values (:member, 1), (:topUp, -1)) as s (account, amount)`,
  ],
  ['an entry that is changed', forbidden, 'update entries set amount = 0 where account_id = :member'],
  ['an entry that is deleted', forbidden, 'delete from entries where account_id = :member'],
  ['entries that are truncated', forbidden, 'truncate entries'],

  [
    'a message of another type',
    check,
    `insert into ticket_messages (type, subject, payload, next_attempt_at) values ('paid', 'payments/1', '{}', now())`,
  ],
  [
    'a message that is told twice',
    unique,
    `insert into ticket_messages (type, subject, payload, next_attempt_at)
     values ('boxoffice.ledger.payment.paid.v1', 'payments/:paid', '{}', now())`,
  ],
];

test.each(faults)('%s cannot be stored', async (_, state, sql) => {
  expect(await run(sql)).toBe(state);
});

test('what the faults are made of can be stored', async () => {
  const good = withEntries('CHARGE', ':topUp', ':member', ['(:member, 1)', '(:topUp, -1)']);
  expect(await run(`${good}; ${payment({})}; set constraints all immediate; rollback; begin`)).toBeUndefined();
});

/** Breaks what an invariant says, with triggers and checks out of the way, and undoes it. */
const breaks: Readonly<Record<string, string>> = {
  I1: `update entries set amount = amount + 1 where balance_after is null`,
  I2: `update accounts set posted = posted + 1 where id = :member`,
  'I2-running': `update entries set balance_after = balance_after + 1 where account_id = :member`,
  'I2-system': `update balances set balance = balance + 1`,
  I3: `alter table accounts drop constraint accounts_held_within_posted;
       update accounts set held = posted + 1 where id = :member`,
  I4: `update payments set status = 'PAID', lease_until = null where id = :reserved`,
  'I4-refund': `alter table transfers drop constraint transfers_refund; update transfers set kind = 'REFUND' where payment_id = :paid`,
  'I4-refunded': `update payments set refunded_amount = 1 where id = :paid`,
  'I4-live': `drop index payments_live; update payments set reservation_id = :reservation`,
  I5: `update accounts set held = held + 1 where id = :member`,
  'I5-incoming': `update accounts set incoming = 1 where id = :member`,
  I10: `update payments set updated_at = now() - interval '61 s' where id = :reserved`,
  'ledger-paid': `insert into outbox (type, subject, data) values ('boxoffice.ledger.payment.paid.v1', 'payments/0', '{}')`,
  'ledger-events': `update event_head set position = position + 1`,
  'ledger-outbox': `update outbox set occurred_at = now() - interval '61 s'`,
};

test('there is a way to break each invariant', () => {
  expect(Object.keys(breaks)).toEqual(invariants.map(({ id }) => id));
});

test.each(Object.entries(breaks))('the invariant %s finds what is broken', async (id, sql) => {
  const text = sql
    .replaceAll(':member', String(member))
    .replaceAll(':reservation', String(reserved.reservation_id))
    .replaceAll(':reserved', String(reserved.id))
    .replaceAll(':paid', String(paid.id));
  const client = await ledger.pool.connect();
  try {
    await client.query(`begin; set local session_replication_role = replica; ${text}`);
    const wanted = invariants.filter((invariant) => invariant.id === id);
    // The invariants on the connection that sees what is not committed.
    const { rows } = await client.query(wanted[0]?.sql ?? '');
    expect(rows.length).toBeGreaterThan(0);
  } finally {
    await client.query('rollback');
    client.release();
  }
  expect(await violations(ledger.pool, invariants)).toEqual([]);
});
