import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Client } from '@connectrpc/connect';
import { InventoryAdminService, InventoryService, ReservationStatus, SeatStatus } from '@boxoffice/proto/inventory';
import { PaymentStatus, RefundStatus, TransferKind, type LedgerService } from '@boxoffice/proto/ledger';
import { QueueService, TicketStatus } from '@boxoffice/proto/queue';
import { transaction } from '@boxoffice/runtime/database/transaction';
import { reasonOf } from '@boxoffice/runtime/error';

import { beginRefund } from '../begin-refund.ts';
import { claimPayments } from '../sql/claim-payments.ts';
import { postPayment } from '../sql/settle-payment.ts';
import { BoxOffice } from './box-office.ts';
import {
  assertInvariants,
  beginOnly,
  blocked,
  prepare,
  refusalOf,
  type Purchase,
  type PurchaseOptions,
} from './purchase.ts';
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

interface Paid extends Purchase {
  readonly paymentId: bigint;
  readonly seatIds: readonly [bigint, ...bigint[]];
}

const paid = async (options: Partial<PurchaseOptions> = {}): Promise<Paid> => {
  const { seats = 1 } = options;
  const bought = await prepare(office, ledger, { scheduleId, balance: BigInt(seats) * price, ...options });
  const { payment } = await ledger.pay({ token: bought.token, reservationId: bought.reservation.id });
  const [first = 0n, ...others] = bought.reservation.seats.map(({ id }) => id);
  return { ...bought, paymentId: payment?.id ?? 0n, seatIds: [first, ...others] };
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

describe('a refund of some seats', () => {
  test('gives back what they cost, and leaves the others paid until they are refunded too', async () => {
    const { memberId, paymentId, seatIds, reservation } = await paid({ seats: 3 });
    const [given, ...rest] = seatIds;
    const answer = await ledger.refund({ paymentId, memberId, seatIds: [given] });
    expect(answer).toMatchObject({
      payment: { status: PaymentStatus.PAID, amount: 3n * price, refundedAmount: price },
      refund: { paymentId, amount: price, seatIds: [given], status: RefundStatus.REFUNDED, reason: '' },
    });
    expect(await balanceOf(memberId)).toMatchObject({ balance: price, held: 0n });
    expect(await reservationOf(reservation.id)).toMatchObject({
      status: ReservationStatus.CONFIRMED,
      refundedSeatIds: [given],
      refundedAmount: price,
    });
    const last = await ledger.refund({ paymentId, memberId });
    expect(last).toMatchObject({
      payment: { status: PaymentStatus.REFUNDED, refundedAmount: 3n * price },
      refund: { amount: 2n * price, seatIds: [] },
    });
    expect((await balanceOf(memberId))?.balance).toBe(3n * price);
    expect(await reservationOf(reservation.id)).toMatchObject({
      status: ReservationStatus.REFUNDED,
      refundedSeatIds: [given, ...rest],
    });
    const { entries } = await ledger.listEntries({ memberId });
    expect(entries.slice(0, 2)).toMatchObject([
      { kind: TransferKind.REFUND, amount: 2n * price, paymentId },
      { kind: TransferKind.REFUND, amount: price, paymentId },
    ]);
  });

  test('gives back the price of the hold, whatever they cost now', async () => {
    const date = await office.schedule({ seatCount: 2, price });
    const { memberId, paymentId, seatIds } = await paid({ scheduleId: date, seats: 2 });
    const admin = office.client(InventoryAdminService, office.inventoryAddress, 'operator');
    await admin.changePrice({ scheduleId: date, price: 7n });
    await ledger.refund({ paymentId, seatIds: [seatIds[0]] });
    expect((await balanceOf(memberId))?.balance).toBe(price);
  });

  test('lets another member buy them, and keeps their hands off what that one has', async () => {
    const date = await office.schedule({ seatCount: 2, price });
    const { paymentId, seatIds } = await paid({ scheduleId: date, seats: 2 });
    await ledger.refund({ paymentId, seatIds: [seatIds[0]] });
    const next = await paid({ scheduleId: date });
    expect(next.seatIds).toEqual([seatIds[0]]);
    expect(await refusalOf(ledger.refund({ paymentId, seatIds: [seatIds[0]] }))).toBe('SEAT_REFUNDED');
    expect((await ledger.refund({ paymentId })).payment?.status).toBe(PaymentStatus.REFUNDED);
    expect((await reservationOf(next.reservation.id))?.status).toBe(ReservationStatus.CONFIRMED);
  });

  test('again under the same request id gives the same refund, though others came since and Inventory is away', async () => {
    const { memberId, paymentId, seatIds } = await paid({ seats: 2 });
    const request = { requestId: randomUUID(), paymentId, memberId, seatIds: [seatIds[0]] };
    const first = await ledger.refund(request);
    expect(await second.refund(request)).toEqual(first);
    await ledger.refund({ paymentId });
    const lonely = office.ledger(await office.startLedger({ INVENTORY_ADDRESS: '127.0.0.1:1' }));
    expect((await lonely.refund(request)).refund).toEqual(first.refund);
    expect(await refusalOf(lonely.refund({ ...request, seatIds: [] }))).toBe('REQUEST_ID_REUSED');
    expect((await balanceOf(memberId))?.balance).toBe(2n * price);
  });

  test('that are not there, or not any more, is refused for good', async () => {
    const { paymentId, seatIds } = await paid({ seats: 2 });
    const theirs = await paid();
    const stolen = { requestId: randomUUID(), paymentId, seatIds: [seatIds[0], theirs.seatIds[0]] };
    expect(await refusalOf(ledger.refund(stolen))).toBe('SEAT_UNKNOWN');
    expect(await refusalOf(second.refund(stolen))).toBe('SEAT_UNKNOWN');
    await ledger.refund({ paymentId });
    expect(await refusalOf(ledger.refund({ paymentId, seatIds: [seatIds[0]] }))).toBe('SEAT_REFUNDED');
    expect(await refusalOf(ledger.refund({ paymentId, seatIds: [seatIds[0], seatIds[0]] }))).toBe('REQUEST_INVALID');
  });

  test('while it is under way is told to who asks for the same, and keeps others waiting', async () => {
    const bought = await paid({ seats: 2 });
    const { memberId, paymentId, seatIds } = bought;
    const hasty = office.ledger(await office.startLedger({ PAYMENT_DRIVE_TIMEOUT_MS: '200' }));
    const lock = await blocked(office, bought);
    const begun = await hasty.refund({ paymentId, seatIds: [seatIds[0]] });
    expect(begun).toMatchObject({
      payment: { status: PaymentStatus.REFUNDING, refundedAmount: 0n },
      refund: { status: RefundStatus.PENDING },
    });
    expect((await hasty.refund({ paymentId, seatIds: [seatIds[0]] })).refund?.id).toBe(begun.refund?.id);
    expect(await refusalOf(second.refund({ paymentId }))).toBe('REFUND_IN_FLIGHT');
    expect(await refusalOf(second.refund({ paymentId, seatIds: [...seatIds] }))).toBe('REFUND_IN_FLIGHT');
    await lock[Symbol.asyncDispose]();
    expect(await second.refund({ paymentId, seatIds: [seatIds[0]] })).toMatchObject({
      payment: { status: PaymentStatus.PAID },
      refund: { id: begun.refund?.id, status: RefundStatus.REFUNDED },
    });
    expect((await balanceOf(memberId))?.balance).toBe(price);
  });

  test('each by its own call at once, over two instances, refunds each once', async () => {
    const { memberId, paymentId, seatIds } = await paid({ seats: 4 });
    const refundOne = (seatId: bigint, index: number) =>
      until(
        () => (index % 2 === 0 ? ledger : second).refund({ paymentId, seatIds: [seatId] }).catch(reasonOf),
        (answer) => answer !== 'REFUND_IN_FLIGHT',
      );
    const answers = await Promise.all([...seatIds, ...seatIds].map(refundOne));
    expect(answers.filter((answer) => answer !== 'SEAT_REFUNDED').length).toBeGreaterThanOrEqual(4);
    expect((await ledger.getPayment({ paymentId })).payment).toMatchObject({
      status: PaymentStatus.REFUNDED,
      refundedAmount: 4n * price,
    });
    expect((await balanceOf(memberId))?.balance).toBe(4n * price);
    const { entries } = await ledger.listEntries({ memberId });
    expect(entries.filter(({ kind }) => kind === TransferKind.REFUND)).toHaveLength(4);
  });

  test('that was begun by a Ledger that died is taken over', async () => {
    const { memberId, paymentId, seatIds, reservation } = await paid({ seats: 2 });
    const seats = seatIds.map((id) => ({ id, price, refunded: false }));
    await transaction(office.pools.ledger, (client) =>
      beginRefund(client, {
        paymentId,
        partner: 'house',
        memberId,
        seatIds: [seatIds[0]],
        paid: { after: null, seats },
        leaseMs: 0,
      }),
    );
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect((await ledger.getPayment({ paymentId })).payment).toMatchObject({
      status: PaymentStatus.PAID,
      refundedAmount: price,
    });
    expect((await reservationOf(reservation.id))?.refundedSeatIds).toEqual([seatIds[0]]);
    expect((await balanceOf(memberId))?.balance).toBe(price);
  });
});

describe('an odd refund', () => {
  test('of a seat that cost nothing moves nothing, and opens the seat', async () => {
    const free = await office.schedule({ seatCount: 2, price: 0n });
    const { memberId, paymentId, seatIds, reservation } = await paid({ scheduleId: free, seats: 2, balance: 0n });
    const part = await ledger.refund({ paymentId, seatIds: [seatIds[0]] });
    expect(part).toMatchObject({ payment: { status: PaymentStatus.PAID }, refund: { amount: 0n } });
    const last = await ledger.refund({ paymentId, seatIds: [...seatIds.slice(1)] });
    expect(last).toMatchObject({
      payment: { status: PaymentStatus.REFUNDED, refundedAmount: 0n },
      refund: { amount: 0n },
    });
    expect(await balanceOf(memberId)).toMatchObject({ balance: 0n, held: 0n });
    expect((await reservationOf(reservation.id))?.status).toBe(ReservationStatus.REFUNDED);
    expect((await paid({ scheduleId: free, seats: 2 })).seatIds).toEqual(seatIds);
  });

  test('of a date that was called off gives the money back', async () => {
    const date = await office.schedule({ seatCount: 1, price });
    const { memberId, paymentId } = await paid({ scheduleId: date });
    await office
      .client(InventoryAdminService, office.inventoryAddress, 'operator')
      .cancelSchedule({ scheduleId: date });
    expect((await ledger.refund({ paymentId })).payment?.status).toBe(PaymentStatus.REFUNDED);
    expect((await balanceOf(memberId))?.balance).toBe(price);
  });

  test('that was taken over from its driver is ended by the other alone', async () => {
    const bought = await paid();
    const { memberId, paymentId } = bought;
    const lock = await blocked(office, bought);
    const driving = ledger.refund({ paymentId });
    await until(
      () => ledger.getPayment({ paymentId }),
      ({ payment }) => payment?.status === PaymentStatus.REFUNDING,
    );
    await office.pools.ledger.query('update payments set lease_until = now() where id = $1', [paymentId]);
    await claimPayments.one(office.pools.ledger, [1, 60]);
    await lock[Symbol.asyncDispose]();
    // The seats are open by then; the money is for who has taken over to give back.
    expect(await driving).toMatchObject({
      payment: { status: PaymentStatus.REFUNDING },
      refund: { status: RefundStatus.PENDING },
    });
    expect((await balanceOf(memberId))?.balance).toBe(0n);
    await office.pools.ledger.query('update payments set lease_until = now() where id = $1', [paymentId]);
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect((await balanceOf(memberId))?.balance).toBe(price);
  });
});
