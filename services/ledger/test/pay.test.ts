import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Client } from '@connectrpc/connect';
import { InventoryAdminService, InventoryService, ReservationStatus } from '@boxoffice/proto/inventory';
import { PaymentStatus, TransferKind, type LedgerService } from '@boxoffice/proto/ledger';
import { QueueService, TicketStatus } from '@boxoffice/proto/queue';
import { reasonOf } from '@boxoffice/runtime/error';

import { BoxOffice } from './box-office.ts';
import { assertInvariants, prepare, refusalOf, type PurchaseOptions } from './purchase.ts';
import { until } from './until.ts';

const price = 10_000n;

let office: BoxOffice;
let ledger: Client<typeof LedgerService>;
let second: Client<typeof LedgerService>;
let acme: Client<typeof LedgerService>;
let queue: Client<typeof QueueService>;
let inventory: Client<typeof InventoryService>;
let scheduleId: bigint;

beforeAll(async () => {
  office = await BoxOffice.open();
  const app = await office.startLedger();
  ledger = office.ledger(app);
  acme = office.ledger(app, 'acme');
  second = office.ledger(await office.startLedger());
  queue = office.client(QueueService, office.queueAddress, 'bff');
  inventory = office.client(InventoryService, office.inventoryAddress, 'bff');
  scheduleId = await office.schedule({ seatCount: 500, price });
});
afterEach(() => assertInvariants(office));
afterAll(async () => office[Symbol.asyncDispose]());

const purchase = (options: Partial<PurchaseOptions> = {}) =>
  prepare(office, ledger, { scheduleId, balance: price, ...options });
const balanceOf = async (memberId: string) => (await ledger.getBalance({ memberId })).balance;
const statusOf = async (reservationId: bigint) =>
  (await inventory.getReservation({ reservationId })).reservation?.status;

describe('paying', () => {
  test('takes the money, sells the seats, and ends the ticket before the answer arrives', async () => {
    const { memberId, token, reservation } = await purchase({ balance: 50_000n, seats: 2 });
    const { payment } = await ledger.pay({ token, reservationId: reservation.id, amount: 20_000n });
    expect(payment).toMatchObject({
      status: PaymentStatus.PAID,
      amount: 20_000n,
      currencyCode: 'KRW',
      memberId,
      scheduleId,
      reservationId: reservation.id,
      reason: '',
    });
    const { ticket } = await queue.getTicket({ token });
    expect(ticket?.status).toBe(TicketStatus.COMPLETED);
    const sold = (await inventory.getReservation({ reservationId: reservation.id })).reservation;
    expect(sold).toMatchObject({ status: ReservationStatus.CONFIRMED, paymentId: payment?.id });
    expect(await balanceOf(memberId)).toMatchObject({ balance: 30_000n, held: 0n });
    const { entries } = await ledger.listEntries({ memberId });
    expect(entries[0]).toMatchObject({
      kind: TransferKind.PAYMENT,
      amount: -20_000n,
      balanceAfter: 30_000n,
      paymentId: payment?.id,
      reservationId: reservation.id,
    });
    await until(
      () =>
        office.pools.ledger.query('select from ticket_messages where subject = $1 and delivered_at is not null', [
          `payments/${payment?.id}`,
        ]),
      ({ rowCount }) => rowCount === 1,
    );
  });

  test('costs what the reservation costs when no amount is given', async () => {
    const { token, reservation } = await purchase();
    expect((await ledger.pay({ token, reservationId: reservation.id })).payment?.amount).toBe(price);
  });

  test('again under the same request id gives the same answer, though the ticket is over', async () => {
    const { memberId, token, reservation } = await purchase({ balance: 50_000n });
    const request = { requestId: randomUUID(), token, reservationId: reservation.id };
    const first = await ledger.pay(request);
    expect(await ledger.pay(request)).toEqual(first);
    expect(await second.pay(request)).toEqual(first);
    expect(await balanceOf(memberId)).toMatchObject({ balance: 40_000n, held: 0n });
  });

  test('something else under the same request id is refused', async () => {
    const { token, reservation } = await purchase();
    const request = { requestId: randomUUID(), token, reservationId: reservation.id };
    await ledger.pay(request);
    expect(await refusalOf(ledger.pay({ ...request, amount: price }))).toBe('REQUEST_ID_REUSED');
    const other = await purchase();
    // Another member's id is another id.
    const stolen = ledger.pay({ ...request, token: other.token });
    expect(await refusalOf(stolen)).toBe('RESERVATION_UNKNOWN');
  });

  test('what is paid is refused', async () => {
    const { memberId, token, reservation } = await purchase({ balance: 50_000n });
    await ledger.pay({ token, reservationId: reservation.id });
    expect(await refusalOf(ledger.pay({ token, reservationId: reservation.id }))).toBe('RESERVATION_PAID');
    expect((await balanceOf(memberId))?.balance).toBe(40_000n);
  });

  test('another amount than it costs is refused, also when told again', async () => {
    const { memberId, token, reservation } = await purchase();
    const request = { requestId: randomUUID(), token, reservationId: reservation.id, amount: price - 1n };
    expect(await refusalOf(ledger.pay(request))).toBe('AMOUNT_MISMATCH');
    expect(await refusalOf(ledger.pay(request))).toBe('AMOUNT_MISMATCH');
    expect(await refusalOf(ledger.pay({ ...request, amount: price }))).toBe('REQUEST_ID_REUSED');
    expect(await balanceOf(memberId)).toMatchObject({ balance: price, held: 0n });
    expect(await statusOf(reservation.id)).toBe(ReservationStatus.PENDING);
  });

  test('costs what the hold cost, though the seats cost something else by now', async () => {
    const date = await office.schedule({ seatCount: 1, price });
    const { memberId, token, reservation } = await purchase({ scheduleId: date, balance: 2n * price });
    const admin = office.client(InventoryAdminService, office.inventoryAddress, 'operator');
    await admin.changePrice({ scheduleId: date, price: 2n * price });
    const reservationId = reservation.id;
    expect(await refusalOf(ledger.pay({ token, reservationId, amount: 2n * price }))).toBe('AMOUNT_MISMATCH');
    expect((await ledger.pay({ token, reservationId, amount: price })).payment?.status).toBe(PaymentStatus.PAID);
    expect(await balanceOf(memberId)).toMatchObject({ balance: price, held: 0n });
  });

  test('a free seat needs no money', async () => {
    const free = await office.schedule({ seatCount: 1, price: 0n });
    const { memberId, token, reservation } = await purchase({ scheduleId: free, balance: 0n });
    const { payment } = await ledger.pay({ token, reservationId: reservation.id, amount: 0n });
    expect(payment).toMatchObject({ status: PaymentStatus.PAID, amount: 0n });
    expect(await balanceOf(memberId)).toMatchObject({ balance: 0n, held: 0n });
    expect(await statusOf(reservation.id)).toBe(ReservationStatus.CONFIRMED);
  });

  test('by a partner’s own member works the same, from the partner’s own account', async () => {
    const { memberId, token, reservation } = await prepare(office, acme, {
      scheduleId,
      balance: price,
      caller: 'acme',
    });
    expect(await refusalOf(ledger.pay({ token, reservationId: reservation.id }))).toBe('TOKEN_INVALID');
    const { payment } = await acme.pay({ token, reservationId: reservation.id });
    expect(payment?.status).toBe(PaymentStatus.PAID);
    expect((await acme.getBalance({ memberId })).balance?.balance).toBe(0n);
    expect(await refusalOf(ledger.getPayment({ paymentId: payment?.id ?? 0n }))).toBe('PAYMENT_UNKNOWN');
  });
});

describe('a payment is refused', () => {
  test('with a token that is none, or not signed by the Queue', async () => {
    const { token, reservation } = await purchase();
    const reservationId = reservation.id;
    expect(await refusalOf(ledger.pay({ token: 'nonsense', reservationId }))).toBe('TOKEN_INVALID');
    expect(await refusalOf(ledger.pay({ token: `${token.slice(0, -4)}AAAA`, reservationId }))).toBe('TOKEN_INVALID');
  });

  test('while the ticket waits', async () => {
    const { reservation, memberId } = await purchase();
    const closed = await office.schedule({ seatCount: 1, price });
    const { token } = await queue.join({ scheduleId: closed, memberId });
    expect(await refusalOf(ledger.pay({ token, reservationId: reservation.id }))).toBe('TICKET_WAITING');
  });

  test('when the ticket is over', async () => {
    const { token, reservation } = await purchase();
    await queue.leave({ token });
    expect(await refusalOf(ledger.pay({ token, reservationId: reservation.id }))).toBe('TICKET_OVER');
  });

  test('with the ticket of another date', async () => {
    const { memberId, reservation } = await purchase();
    const other = await office.schedule({ seatCount: 1, price });
    const token = await office.admitted(other, memberId);
    const refused = ledger.pay({ token, reservationId: reservation.id });
    expect(await refusalOf(refused)).toBe('TOKEN_OF_ANOTHER_SCHEDULE');
  });

  test('for a reservation that is unknown, or another member’s', async () => {
    const mine = await purchase();
    const theirs = await purchase();
    const unknown = ledger.pay({ token: mine.token, reservationId: 999_999_999n });
    expect(await refusalOf(unknown)).toBe('RESERVATION_UNKNOWN');
    const stolen = ledger.pay({ token: mine.token, reservationId: theirs.reservation.id });
    expect(await refusalOf(stolen)).toBe('RESERVATION_UNKNOWN');
    expect((await ledger.pay({ token: theirs.token, reservationId: theirs.reservation.id })).payment?.status).toBe(
      PaymentStatus.PAID,
    );
  });

  test('when the hold has run out, or was given up', async () => {
    const short = await office.schedule({ seatCount: 2, price, holdSeconds: 1 });
    const expired = await purchase({ scheduleId: short });
    await until(
      () => statusOf(expired.reservation.id),
      (status) => status === ReservationStatus.EXPIRED,
    );
    const late = ledger.pay({ token: expired.token, reservationId: expired.reservation.id });
    expect(await refusalOf(late)).toBe('HOLD_OVER');
    const released = await purchase();
    await inventory.releaseReservation({ reservationId: released.reservation.id });
    const given = ledger.pay({ token: released.token, reservationId: released.reservation.id });
    expect(await refusalOf(given)).toBe('HOLD_OVER');
    expect(await balanceOf(expired.memberId)).toMatchObject({ balance: price, held: 0n });
  });

  test('by a member without an account', async () => {
    const memberId = randomUUID();
    const token = await office.admitted(scheduleId, memberId);
    const reservation = await office.hold(token, scheduleId);
    expect(await refusalOf(ledger.pay({ token, reservationId: reservation.id }))).toBe('MEMBER_UNKNOWN');
  });

  test('for good when the balance is too low; after a charge, another request pays', async () => {
    const { memberId, token, reservation } = await purchase({ balance: price - 1n });
    const request = { requestId: randomUUID(), token, reservationId: reservation.id };
    const refused: unknown = await ledger.pay(request).catch((error: unknown) => error);
    expect(reasonOf(refused)).toBe('BALANCE_TOO_LOW');
    await ledger.charge({ memberId, amount: 1n });
    expect(await refusalOf(ledger.pay(request))).toBe('BALANCE_TOO_LOW');
    const { payment } = await ledger.pay({ ...request, requestId: randomUUID() });
    expect(payment?.status).toBe(PaymentStatus.PAID);
  });
});

describe('asking for a payment', () => {
  test('gives it to its member, and to nobody else', async () => {
    const { memberId, token, reservation } = await purchase();
    const { payment } = await ledger.pay({ token, reservationId: reservation.id });
    const paymentId = payment?.id ?? 0n;
    expect((await ledger.getPayment({ paymentId })).payment).toEqual(payment);
    expect((await second.getPayment({ paymentId, memberId })).payment).toEqual(payment);
    expect(await refusalOf(ledger.getPayment({ paymentId, memberId: 'somebody' }))).toBe('PAYMENT_UNKNOWN');
    expect(await refusalOf(acme.getPayment({ paymentId }))).toBe('PAYMENT_UNKNOWN');
    expect(await refusalOf(ledger.getPayment({ paymentId: 999_999n }))).toBe('PAYMENT_UNKNOWN');
  });
});

describe('at once, over two instances,', () => {
  const either = (index: number) => (index % 2 === 0 ? ledger : second);

  test('fifty payments of one reservation make one', async () => {
    const { memberId, token, reservation } = await purchase({ balance: 50n * price });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => either(index).pay({ token, reservationId: reservation.id })),
    );
    const paid = outcomes.filter(({ status }) => status === 'fulfilled');
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [reasonOf(outcome.reason)] : []));
    expect(paid).toHaveLength(1);
    expect(new Set([...refusals, 'PAYMENT_IN_FLIGHT', 'RESERVATION_PAID'])).toEqual(
      new Set(['PAYMENT_IN_FLIGHT', 'RESERVATION_PAID']),
    );
    expect(await balanceOf(memberId)).toMatchObject({ balance: 49n * price, held: 0n });
  });

  test('the same request twenty times makes one payment, and the same answer', async () => {
    const { memberId, token, reservation } = await purchase({ balance: 50n * price });
    const request = { requestId: randomUUID(), token, reservationId: reservation.id };
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => either(index).pay(request)));
    const ids = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.payment?.id] : []));
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [reasonOf(outcome.reason)] : []));
    expect(new Set(ids).size).toBe(1);
    expect(refusals.filter((reason) => reason !== 'REQUEST_IN_FLIGHT')).toEqual([]);
    expect((await ledger.pay(request)).payment?.id).toBe(ids[0]);
    expect(await balanceOf(memberId)).toMatchObject({ balance: 49n * price, held: 0n });
  });

  test('fifty charges and fifty payments of one member leave an exact balance, one debit a reservation', async () => {
    const memberId = randomUUID();
    const purchases = [];
    for (let date = 0; date < 10; date += 1) {
      const scheduleId = await office.schedule({ seatCount: 1, price });
      purchases.push(await purchase({ scheduleId, memberId, balance: price }));
    }
    const payments = purchases.flatMap(({ token, reservation }) =>
      Array.from({ length: 5 }, (_, index) => () => either(index).pay({ token, reservationId: reservation.id })),
    );
    const charges = Array.from({ length: 50 }, (_, index) => () => either(index).charge({ memberId, amount: 7n }));
    const calls = payments.flatMap((payment, index) => [payment(), (charges[index] ?? payment)()]);
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(60);
    expect(await balanceOf(memberId)).toMatchObject({ balance: 350n, held: 0n });
    const { entries } = await ledger.listEntries({ memberId, pageSize: 100 });
    const debits = entries.filter(({ kind }) => kind === TransferKind.PAYMENT);
    expect(debits.map(({ reservationId }) => reservationId).sort()).toEqual(
      purchases.map(({ reservation }) => reservation.id).sort(),
    );
  });

  test('two reservations with money for one: one is paid, the other declined', async () => {
    const memberId = randomUUID();
    const first = await purchase({ memberId, balance: price });
    const other = await office.schedule({ seatCount: 1, price });
    const last = await purchase({ memberId, balance: 0n, scheduleId: other });
    const outcomes = await Promise.allSettled(
      [first, last].map(({ token, reservation }, index) => either(index).pay({ token, reservationId: reservation.id })),
    );
    const told = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value.payment?.status : reasonOf(outcome.reason),
    );
    expect(told.sort()).toEqual([PaymentStatus.PAID, 'BALANCE_TOO_LOW'].sort());
    expect(await balanceOf(memberId)).toMatchObject({ balance: 0n, held: 0n });
  });
});
