import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Client } from '@connectrpc/connect';
import { InventoryService, ReservationStatus, SeatStatus } from '@boxoffice/proto/inventory';
import { PaymentStatus, TransferKind, type LedgerService } from '@boxoffice/proto/ledger';
import { QueueService, TicketStatus } from '@boxoffice/proto/queue';
import { transaction } from '@boxoffice/runtime/database/transaction';

import { beginRefund } from '../begin-refund.ts';
import { postPayment } from '../sql/settle-payment.ts';
import { BoxOffice } from './box-office.ts';
import { assertInvariants, beginOnly, prepare, refusalOf, type Purchase } from './purchase.ts';
import { until } from './until.ts';

const price = 10_000n;

let office: BoxOffice;
let ledger: Client<typeof LedgerService>;
let second: Client<typeof LedgerService>;
let acme: Client<typeof LedgerService>;
let worker: Client<typeof LedgerService>;
let queue: Client<typeof QueueService>;
let inventory: Client<typeof InventoryService>;
let scheduleId: bigint;

beforeAll(async () => {
  office = await BoxOffice.open();
  const app = await office.startLedger();
  ledger = office.ledger(app);
  acme = office.ledger(app, 'acme');
  worker = office.ledger(app, 'worker');
  second = office.ledger(await office.startLedger());
  queue = office.client(QueueService, office.queueAddress, 'bff');
  inventory = office.client(InventoryService, office.inventoryAddress, 'bff');
  scheduleId = await office.schedule({ seatCount: 100, price });
});
afterEach(() => assertInvariants(office));
afterAll(async () => office[Symbol.asyncDispose]());

const paid = async (): Promise<Purchase & { readonly paymentId: bigint }> => {
  const bought = await prepare(office, ledger, { scheduleId, balance: price });
  const { payment } = await ledger.pay({ token: bought.token, reservationId: bought.reservation.id });
  return { ...bought, paymentId: payment?.id ?? 0n };
};
const balanceOf = async (memberId: string) => (await ledger.getBalance({ memberId })).balance;
const reservationOf = async (reservationId: bigint) => (await inventory.getReservation({ reservationId })).reservation;

describe('a refund', () => {
  test('opens the seats again, and gives the money back', async () => {
    const { memberId, paymentId, reservation } = await paid();
    const { payment } = await ledger.refund({ paymentId, memberId });
    expect(payment).toMatchObject({ id: paymentId, status: PaymentStatus.REFUNDED, amount: price });
    expect(await balanceOf(memberId)).toMatchObject({ balance: price, held: 0n });
    expect((await reservationOf(reservation.id))?.status).toBe(ReservationStatus.REFUNDED);
    const { entries } = await ledger.listEntries({ memberId });
    expect(entries[0]).toMatchObject({
      kind: TransferKind.REFUND,
      amount: price,
      balanceAfter: price,
      paymentId,
      reservationId: reservation.id,
    });
    const token = await office.admitted(scheduleId, randomUUID());
    const { seats } = await inventory.listSeats({ token, scheduleId });
    const seat = seats.find(({ id }) => id === reservation.seats[0]?.id);
    expect(seat?.status).toBe(SeatStatus.OPEN);
  });

  test('again gives the refunded payment as it is, with or without the request id', async () => {
    const { memberId, paymentId } = await paid();
    const request = { requestId: randomUUID(), paymentId, memberId };
    const first = await ledger.refund(request);
    expect(await second.refund(request)).toEqual(first);
    expect(await ledger.refund({ paymentId })).toEqual(first);
    expect(await refusalOf(ledger.refund({ ...request, paymentId: paymentId + 1n }))).toBe('REQUEST_ID_REUSED');
    expect((await balanceOf(memberId))?.balance).toBe(price);
  });

  test('twenty times at once, over two instances, gives the money back once', async () => {
    const { memberId, paymentId } = await paid();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? ledger : second).refund({ paymentId })),
    );
    expect(new Set(answers.map(({ payment }) => payment?.status))).toEqual(new Set([PaymentStatus.REFUNDED]));
    expect((await balanceOf(memberId))?.balance).toBe(price);
    const { entries } = await ledger.listEntries({ memberId });
    expect(entries.filter(({ kind }) => kind === TransferKind.REFUND)).toHaveLength(1);
  });

  test('of another member’s, another partner’s or an unknown payment is refused alike', async () => {
    const { paymentId } = await paid();
    expect(await refusalOf(ledger.refund({ paymentId, memberId: 'somebody' }))).toBe('PAYMENT_UNKNOWN');
    expect(await refusalOf(acme.refund({ paymentId }))).toBe('PAYMENT_UNKNOWN');
    expect(await refusalOf(ledger.refund({ paymentId: 999_999n }))).toBe('PAYMENT_UNKNOWN');
  });

  test('of what was not paid is refused', async () => {
    const bought = await prepare(office, ledger, { scheduleId, balance: price - 1n });
    await refusalOf(ledger.pay({ token: bought.token, reservationId: bought.reservation.id }));
    const { rows } = await office.pools.ledger.query<{ id: bigint }>(
      'select id from payments where reservation_id = $1',
      [bought.reservation.id],
    );
    expect(await refusalOf(ledger.refund({ paymentId: rows[0]?.id ?? 0n }))).toBe('PAYMENT_NOT_PAID');
  });

  test('that Inventory rejects leaves the payment paid, with the reason', async () => {
    // Posted without Inventory: nothing that can happen, but the one way to a rejection.
    const bought = await prepare(office, ledger, { scheduleId, balance: price });
    const { id, account_id, attempt } = await beginOnly(office, bought);
    await postPayment.one(office.pools.ledger, [id, account_id, 0, attempt]);
    expect(await refusalOf(ledger.refund({ paymentId: id }))).toBe('PAYMENT_NOT_PAID');
    expect((await ledger.getPayment({ paymentId: id })).payment).toMatchObject({
      status: PaymentStatus.PAID,
      reason: 'RESERVATION_NOT_PAID',
    });
    expect((await balanceOf(bought.memberId))?.balance).toBe(0n);
  });

  test('that was begun by a Ledger that died is taken over', async () => {
    const { memberId, paymentId, reservation } = await paid();
    await transaction(office.pools.ledger, (client) =>
      beginRefund(client, { paymentId, partner: 'house', memberId, seatIds: [], leaseMs: 0 }),
    );
    expect((await ledger.getPayment({ paymentId })).payment?.status).toBe(PaymentStatus.REFUNDING);
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect((await ledger.getPayment({ paymentId })).payment?.status).toBe(PaymentStatus.REFUNDED);
    expect((await balanceOf(memberId))?.balance).toBe(price);
    expect((await reservationOf(reservation.id))?.status).toBe(ReservationStatus.REFUNDED);
  });

  test('can begin while the payment is still about to end the ticket', async () => {
    const date = await office.schedule({ seatCount: 1, price });
    const bought = await prepare(office, ledger, { scheduleId: date, balance: price });
    const lock = await office.pools.queue.connect();
    await lock.query('begin');
    await lock.query('select from queues where schedule_id = $1 for update', [date]);
    const answered = await ledger.pay(
      { token: bought.token, reservationId: bought.reservation.id },
      { timeoutMs: 600 },
    );
    const paymentId = answered.payment?.id ?? 0n;
    await until(
      () => ledger.getPayment({ paymentId }),
      ({ payment }) => payment?.status === PaymentStatus.PAID,
    );
    expect((await ledger.refund({ paymentId })).payment?.status).toBe(PaymentStatus.REFUNDED);
    await lock.query('rollback');
    lock.release();
    await until(
      async () => (await queue.getTicket({ token: bought.token })).ticket?.status,
      (status) => status === TicketStatus.COMPLETED,
    );
  });

  test('lets the seats be bought again', async () => {
    const date = await office.schedule({ seatCount: 1, price });
    const first = await prepare(office, ledger, { scheduleId: date, balance: price });
    const { payment } = await ledger.pay({ token: first.token, reservationId: first.reservation.id });
    await ledger.refund({ paymentId: payment?.id ?? 0n });
    const next = await prepare(office, ledger, { scheduleId: date, balance: price });
    expect(next.reservation.seats[0]?.id).toBe(first.reservation.seats[0]?.id);
    const again = await ledger.pay({ token: next.token, reservationId: next.reservation.id });
    expect(again.payment?.status).toBe(PaymentStatus.PAID);
  });
});
