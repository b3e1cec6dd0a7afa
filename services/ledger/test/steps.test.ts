import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { reasonOf } from '@boxoffice/runtime/error';
import { transaction } from '@boxoffice/runtime/database/transaction';

import { balanceMax } from '../account.ts';
import { beginRefund, SeatsNeeded, type RefundOrder } from '../begin-refund.ts';
import type { PaymentRow } from '../payment-row.ts';
import { claimMessages, markDelivered } from '../sql/claim-messages.ts';
import { claimPayments } from '../sql/claim-payments.ts';
import { findPayment } from '../sql/find-payment.ts';
import { findRefund } from '../sql/find-refund.ts';
import { postRefund, rejectRefund } from '../sql/refund-payment.ts';
import { postPayment, voidPayment } from '../sql/settle-payment.ts';
import { SystemAccounts } from '../system-accounts.ts';
import { ledgerDatabase, newReservationId, partner, scheduleId, type LedgerDatabase } from './ledger-database.ts';

let ledger: LedgerDatabase;
beforeAll(async () => {
  ledger = await ledgerDatabase();
});
afterEach(() => ledger.assertInvariants());
afterAll(async () => ledger[Symbol.asyncDispose]());

const charge = (memberId: string, amount: bigint) => ledger.charge(memberId, amount);
const post = ({ id, account_id, attempt }: PaymentRow) => postPayment.maybe(ledger.pool, [id, account_id, 0, attempt]);
const voidWith = ({ id, account_id, attempt }: PaymentRow, reason = 'HOLD_OVER') =>
  voidPayment.maybe(ledger.pool, [id, account_id, reason, attempt]);
const paid = async (memberId: string, amount: bigint): Promise<PaymentRow> => {
  const row = await post(await ledger.reserve(memberId, amount));
  if (row === undefined) throw new Error('not posted');
  return row;
};
const refund = (paymentId: bigint, order: Partial<RefundOrder> = {}) =>
  transaction(ledger.pool, (client) =>
    beginRefund(client, { paymentId, partner, memberId: '', seatIds: [], leaseMs: 5_000, ...order }),
  );
const endRefund = ({ id, account_id, refund_id, attempt }: PaymentRow) =>
  postRefund.maybe(ledger.pool, [id, account_id, refund_id ?? 0n, attempt]);
const rejectWith = ({ id, account_id, refund_id, attempt }: PaymentRow, reason: string) =>
  rejectRefund.maybe(ledger.pool, [id, account_id, refund_id ?? 0n, reason, attempt]);
const incomingOf = async (memberId: string) =>
  (await ledger.pool.query<{ incoming: bigint }>('select incoming from accounts where member_id = $1', [memberId]))
    .rows[0]?.incoming;
const entriesOf = async (memberId: string) =>
  (
    await ledger.pool.query<{ amount: bigint; balance_after: bigint }>(
      `select amount, balance_after from entries
       where account_id = (select id from accounts where member_id = $1) order by id`,
      [memberId],
    )
  ).rows;

describe('the system accounts', () => {
  test('are opened once when many ask at once', async () => {
    const others = Array.from({ length: 10 }, () => new SystemAccounts(ledger.pool));
    const topUps = await Promise.all(others.map((accounts) => accounts.topUp('new-partner')));
    const revenues = await Promise.all(others.map((accounts) => accounts.revenue(99n)));
    expect(new Set(topUps).size).toBe(1);
    expect(new Set(revenues).size).toBe(1);
  });
});

describe('T1', () => {
  test('sets the money aside', async () => {
    const member = await ledger.member(100n);
    const payment = await ledger.reserve(member, 60n);
    expect(payment.status).toBe('RESERVED');
    expect(await ledger.account(member)).toMatchObject({ posted: 100n, held: 60n });
  });

  test('declines what is more than available, and keeps the payment', async () => {
    const member = await ledger.member(100n);
    await ledger.reserve(member, 60n);
    const payment = await ledger.reserve(member, 41n);
    expect(payment).toMatchObject({ status: 'DECLINED', reason: 'BALANCE_TOO_LOW' });
    expect(await findPayment.one(ledger.pool, [payment.id])).toMatchObject({ status: 'DECLINED' });
    expect(await ledger.account(member)).toMatchObject({ posted: 100n, held: 60n });
  });

  test('takes nothing for a free seat, and needs no balance', async () => {
    const member = await ledger.member(0n);
    const payment = await ledger.reserve(member, 0n);
    expect(payment.status).toBe('RESERVED');
    expect((await post(payment))?.status).toBe('PAID');
    expect(await entriesOf(member)).toEqual([{ amount: 0n, balance_after: 0n }]);
  });

  test('refuses a member without an account', async () => {
    expect(reasonOf(await ledger.reserve('nobody', 1n).catch((error: unknown) => error))).toBe('MEMBER_UNKNOWN');
  });

  test('of one reservation, many at once: one begins, the others are told so, though the balance is too low by then', async () => {
    const member = await ledger.member(100n);
    const reservationId = newReservationId();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => ledger.reserve(member, 100n, { reservationId })),
    );
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [reasonOf(outcome.reason)] : []));
    expect(refusals).toEqual(Array.from({ length: 19 }, () => 'PAYMENT_IN_FLIGHT'));
    expect(await ledger.account(member)).toMatchObject({ posted: 100n, held: 100n });
  });

  test('of a paid reservation says that it is paid', async () => {
    const member = await ledger.member(100n);
    const reservationId = newReservationId();
    await post(await ledger.reserve(member, 10n, { reservationId }));
    const refused = await ledger.reserve(member, 10n, { reservationId }).catch((error: unknown) => error);
    expect(reasonOf(refused)).toBe('RESERVATION_PAID');
  });

  test('begins again after a payment that was declined or voided', async () => {
    const member = await ledger.member(10n);
    const reservationId = newReservationId();
    expect((await ledger.reserve(member, 20n, { reservationId })).status).toBe('DECLINED');
    await charge(member, 10n);
    await voidWith(await ledger.reserve(member, 20n, { reservationId }));
    const payment = await ledger.reserve(member, 20n, { reservationId });
    expect((await post(payment))?.status).toBe('PAID');
  });

  test('of many reservations at once, with money for some, begins exactly those', async () => {
    const member = await ledger.member(70n);
    const payments = await Promise.all(Array.from({ length: 20 }, () => ledger.reserve(member, 10n)));
    expect(payments.filter(({ status }) => status === 'RESERVED')).toHaveLength(7);
    expect(await ledger.account(member)).toMatchObject({ posted: 70n, held: 70n });
  });
});

describe('T2', () => {
  test('posts once, whoever tries', async () => {
    const member = await ledger.member(100n);
    const payment = await ledger.reserve(member, 30n);
    const rows = await Promise.all(Array.from({ length: 10 }, () => post(payment)));
    expect(rows.filter((row) => row !== undefined)).toHaveLength(1);
    expect(await ledger.account(member)).toMatchObject({ posted: 70n, held: 0n });
    expect(await entriesOf(member)).toEqual([
      { amount: 100n, balance_after: 100n },
      { amount: -30n, balance_after: 70n },
    ]);
  });

  test('voids once, and frees the money', async () => {
    const member = await ledger.member(100n);
    const payment = await ledger.reserve(member, 30n);
    const rows = await Promise.all(Array.from({ length: 10 }, () => voidWith(payment)));
    expect(rows.filter((row) => row !== undefined)).toEqual([
      expect.objectContaining({ status: 'VOIDED', reason: 'HOLD_OVER' }),
    ]);
    expect(await ledger.account(member)).toMatchObject({ posted: 100n, held: 0n });
  });

  test('never does both', async () => {
    const member = await ledger.member(1_000n);
    const payments = await Promise.all(Array.from({ length: 10 }, () => ledger.reserve(member, 10n)));
    await Promise.all(
      payments.map(async (payment) => {
        const rows = await Promise.all([post(payment), voidWith(payment)]);
        expect(rows.filter((row) => row !== undefined)).toHaveLength(1);
      }),
    );
    expect((await ledger.account(member)).held).toBe(0n);
  });

  test('and T1 and charges of the same member do not deadlock, and nothing is lost', async () => {
    const member = await ledger.member(0n);
    await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        await charge(member, 10n);
        const payment = await ledger.reserve(member, 10n, { reservationId: newReservationId() });
        if (payment.status !== 'RESERVED') throw new Error('declined');
        await (index % 3 === 0 ? voidWith(payment) : post(payment));
      }),
    );
    expect(await ledger.account(member)).toMatchObject({ posted: 200n, held: 0n });
  });

  test('leaves a message for the Queue with the payment, and none with a void', async () => {
    const member = await ledger.member(100n);
    const posted = await post(await ledger.reserve(member, 10n));
    const voided = await ledger.reserve(member, 10n);
    await voidWith(voided);
    const { rows } = await ledger.pool.query<{ subject: string; type: string; delivered_at: Date | null }>(
      `select subject, type, delivered_at from ticket_messages where subject in ($1, $2)`,
      [`payments/${posted?.id}`, `payments/${voided.id}`],
    );
    expect(rows).toEqual([
      { subject: `payments/${posted?.id}`, type: 'boxoffice.ledger.payment.paid.v1', delivered_at: null },
    ]);
  });
});

/** What a payment of 100 was for. */
const seats = [
  { id: 1n, price: 10n, refunded: false },
  { id: 2n, price: 30n, refunded: false },
  { id: 3n, price: 60n, refunded: false },
];

describe('a refund', () => {
  test('gives the money back once, whoever tries', async () => {
    const member = await ledger.member(100n);
    const { id } = await paid(member, 40n);
    const begun = await Promise.all(Array.from({ length: 10 }, () => refund(id)));
    expect(new Set(begun.map(({ refund_id }) => refund_id)).size).toBe(1);
    const ended = await Promise.all(begun.map(endRefund));
    expect(ended.filter((row) => row !== undefined)).toEqual([expect.objectContaining({ status: 'REFUNDED' })]);
    expect(await ledger.account(member)).toMatchObject({ posted: 100n, held: 0n });
    expect(await incomingOf(member)).toBe(0n);
  });

  test('that is rejected leaves the payment paid with the reason, and can be asked for again', async () => {
    const member = await ledger.member(100n);
    const { id } = await paid(member, 40n);
    const first = await refund(id);
    expect(await rejectWith(first, 'RESERVATION_NOT_PAID')).toMatchObject({
      status: 'PAID',
      reason: 'RESERVATION_NOT_PAID',
    });
    expect(await incomingOf(member)).toBe(0n);
    const second = await refund(id);
    expect(second.refund_id).not.toBe(first.refund_id);
    // Somebody who still drives the first meets the second not.
    expect(await endRefund(first)).toBeUndefined();
    expect((await endRefund(second))?.status).toBe('REFUNDED');
  });

  test('of some seats gives their money back, and leaves the payment paid for the others', async () => {
    const member = await ledger.member(100n);
    const { id } = await paid(member, 100n);
    const first = await refund(id, { seatIds: [2n], paid: { after: null, seats } });
    expect(first).toMatchObject({ status: 'REFUNDING', refund_amount: 30n, seat_ids: [2n], refund_status: 'PENDING' });
    expect(await incomingOf(member)).toBe(30n);
    expect(await endRefund(first)).toMatchObject({ status: 'PAID', refunded_amount: 30n, refund_id: first.refund });
    expect(await ledger.account(member)).toMatchObject({ posted: 30n, held: 0n });
    const rest = await refund(id);
    expect(rest).toMatchObject({ refund_amount: 70n, seat_ids: [], closing: true });
    expect(await endRefund(rest)).toMatchObject({ status: 'REFUNDED', refunded_amount: 100n });
    expect(await ledger.account(member)).toMatchObject({ posted: 100n, held: 0n });
    expect(await incomingOf(member)).toBe(0n);
    expect(await findRefund.one(ledger.pool, [first.refund])).toMatchObject({ refund_status: 'REFUNDED' });
  });

  test('of the last seats by name closes the payment', async () => {
    const member = await ledger.member(100n);
    const { id } = await paid(member, 100n);
    const begun = await refund(id, { seatIds: [3n, 1n, 2n], paid: { after: null, seats } });
    expect(begun).toMatchObject({ refund_amount: 100n, seat_ids: [1n, 2n, 3n], closing: true });
    expect(await endRefund(begun)).toMatchObject({ status: 'REFUNDED', refunded_amount: 100n });
  });

  test('of a payment of nothing takes nothing, and is a refund all the same', async () => {
    const member = await ledger.member(0n);
    const { id } = await paid(member, 0n);
    const [one, two] = [1n, 2n].map((id) => ({ id, price: 0n, refunded: false }));
    const free = { after: null, seats: [one, two].filter((seat) => seat !== undefined) };
    const first = await refund(id, { seatIds: [1n], paid: free });
    expect(await endRefund(first)).toMatchObject({ status: 'PAID', refunded_amount: 0n });
    expect(await endRefund(await refund(id))).toMatchObject({ status: 'REFUNDED', refunded_amount: 0n });
    expect(await ledger.account(member)).toMatchObject({ posted: 0n, held: 0n });
  });

  test('of some seats asks for what they cost, and again when a refund has begun since', async () => {
    const member = await ledger.member(100n);
    const { id } = await paid(member, 100n);
    const paidSeats = { after: null, seats };
    expect(await refund(id, { seatIds: [2n] }).catch((error: unknown) => error)).toBeInstanceOf(SeatsNeeded);
    await endRefund(await refund(id, { seatIds: [3n], paid: paidSeats }));
    // As read before, seat 2 would not be among the last.
    const stale = refund(id, { seatIds: [1n, 2n], paid: paidSeats });
    expect(await stale.catch((error: unknown) => error)).toBeInstanceOf(SeatsNeeded);
  });

  test('while another is under way is that one, if it is for the same seats, or refused', async () => {
    const member = await ledger.member(100n);
    const { id } = await paid(member, 100n);
    const begun = await refund(id, { seatIds: [1n, 2n], paid: { after: null, seats } });
    expect(await refund(id, { seatIds: [2n, 1n] })).toEqual(begun);
    for (const seatIds of [[1n], [3n], [1n, 2n, 3n], []]) {
      expect(reasonOf(await refund(id, { seatIds }).catch((error: unknown) => error))).toBe('REFUND_IN_FLIGHT');
    }
    await rejectWith(begun, 'AMOUNT_MISMATCH');
    expect((await refund(id)).refund).not.toBe(begun.refund);
  });

  test('keeps its room below the limit of the balance', async () => {
    const member = await ledger.member(balanceMax);
    const { id } = await paid(member, 40n);
    const begun = await refund(id);
    expect(await charge(member, 1n).catch(reasonOf)).toBe('BALANCE_LIMIT');
    expect((await endRefund(begun))?.status).toBe('REFUNDED');
    expect((await ledger.account(member)).posted).toBe(balanceMax);
  });

  test('that has no room is refused before anything has happened', async () => {
    const member = await ledger.member(balanceMax);
    const { id } = await paid(member, 40n);
    await charge(member, 40n);
    expect(reasonOf(await refund(id).catch((error: unknown) => error))).toBe('BALANCE_LIMIT');
    expect((await findPayment.one(ledger.pool, [id])).status).toBe('PAID');
  });

  test('keeps the reservation from being paid while it is under way', async () => {
    const member = await ledger.member(100n);
    const { id, reservation_id: reservationId } = await paid(member, 40n);
    const begun = await refund(id);
    const refused = await ledger.reserve(member, 40n, { reservationId }).catch((error: unknown) => error);
    expect(reasonOf(refused)).toBe('RESERVATION_PAID');
    await endRefund(begun);
  });

  test("of somebody else's payment is of an unknown one", async () => {
    const member = await ledger.member(100n);
    const { id } = await paid(member, 40n);
    expect(reasonOf(await refund(id, { memberId: 'somebody-else' }).catch((error: unknown) => error))).toBe(
      'PAYMENT_UNKNOWN',
    );
    expect(reasonOf(await refund(id, { partner: 'acme' }).catch((error: unknown) => error))).toBe('PAYMENT_UNKNOWN');
  });

  test('of what is not paid is refused', async () => {
    const member = await ledger.member(10n);
    const declined = await ledger.reserve(member, 20n);
    const reserved = await ledger.reserve(member, 10n);
    expect(reasonOf(await refund(declined.id).catch((error: unknown) => error))).toBe('PAYMENT_NOT_PAID');
    expect(reasonOf(await refund(reserved.id).catch((error: unknown) => error))).toBe('PAYMENT_NOT_PAID');
  });
});

describe('taking over', () => {
  // What the tests before have left under way is not due here, however long they took.
  beforeEach(async () => {
    await ledger.pool.query(
      `update payments set lease_until = now() + interval '1 day' where status in ('RESERVED', 'REFUNDING')`,
    );
  });

  test('gives what is due to one of many, and what is leased to nobody', async () => {
    const member = await ledger.member(100n);
    const due = await Promise.all(Array.from({ length: 10 }, () => ledger.reserve(member, 1n, { leaseMs: 0 })));
    const leased = await ledger.reserve(member, 1n, { leaseMs: 60_000 });
    const paidOne = await paid(member, 1n);
    const refunding = await refund(paidOne.id, { leaseMs: 0 });
    const claims = await Promise.all(Array.from({ length: 6 }, () => claimPayments.rows(ledger.pool, [4, 5])));
    const ids = claims.flat().map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set([...due, refunding].map(({ id }) => id)));
    expect(ids).toHaveLength(11);
    expect(ids).not.toContain(leased.id);
    expect(claims.every((rows) => rows.length <= 4)).toBe(true);
  });

  test('counts the attempts, and lets the next one come when the lease is over', async () => {
    const member = await ledger.member(100n);
    const { id } = await ledger.reserve(member, 1n, { leaseMs: 0 });
    const attempts = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const claimed = await claimPayments.rows(ledger.pool, [100, 0]);
      attempts.push(claimed.find((payment) => payment.id === id)?.attempt);
    }
    expect(attempts).toEqual([1, 2, 3]);
  });
});

describe('who was taken over from', () => {
  /** Takes over whatever is due. */
  const takeOver = async ({ id }: PaymentRow): Promise<PaymentRow> => {
    await ledger.pool.query('update payments set lease_until = now() where id = $1', [id]);
    const taken = (await claimPayments.rows(ledger.pool, [100, 60])).find((payment) => payment.id === id);
    if (taken === undefined) throw new Error('not taken over');
    return taken;
  };

  test('settles nothing', async () => {
    const member = await ledger.member(100n);
    const before = await ledger.reserve(member, 40n);
    const since = await takeOver(before);
    expect(since.attempt).toBe(before.attempt + 1);
    expect(await post(before)).toBeUndefined();
    expect(await voidWith(before)).toBeUndefined();
    expect(await findPayment.one(ledger.pool, [before.id])).toEqual(since);
    expect(await ledger.account(member)).toMatchObject({ posted: 100n, held: 40n });
    expect(await post(since)).toMatchObject({ status: 'PAID' });
  });

  test('ends no refund', async () => {
    const member = await ledger.member(100n);
    const before = await refund((await paid(member, 40n)).id);
    const since = await takeOver(before);
    expect(await endRefund(before)).toBeUndefined();
    expect(await rejectWith(before, 'RESERVATION_NOT_PAID')).toBeUndefined();
    expect(await findPayment.one(ledger.pool, [before.id])).toEqual(since);
    expect(await ledger.account(member)).toMatchObject({ posted: 60n, held: 0n });
    expect(await endRefund(since)).toMatchObject({ status: 'REFUNDED' });
  });
});

describe('the messages', () => {
  test('gives a message to one relay at a time, and none that was delivered', async () => {
    const member = await ledger.member(100n);
    const payments = await Promise.all(Array.from({ length: 10 }, () => paid(member, 1n)));
    const claims = (await Promise.all(Array.from({ length: 4 }, () => claimMessages.rows(ledger.pool, [500])))).flat();
    const mine = claims.filter(({ payment_id }) => payments.some(({ id }) => id === payment_id));
    expect(mine).toHaveLength(10);
    expect(mine[0]).toMatchObject({ schedule_id: scheduleId, ticket_number: 1n, attempts: 1 });
    expect(await markDelivered.run(ledger.pool, [claims.map(({ message_id }) => message_id)])).toBe(claims.length);
    expect(await markDelivered.run(ledger.pool, [claims.map(({ message_id }) => message_id)])).toBe(0);
    await ledger.pool.query(`update ticket_messages set next_attempt_at = now() - interval '1 hour'`);
    expect(await claimMessages.rows(ledger.pool, [500])).toEqual([]);
  });
});
