import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { Code, ConnectError, type Client } from '@connectrpc/connect';
import { InventoryAdminService, InventoryService, ReservationStatus } from '@boxoffice/proto/inventory';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { PaymentStatus } from '@boxoffice/proto/ledger';
import { QueueService, TicketStatus } from '@boxoffice/proto/queue';
import { reasonOf } from '@boxoffice/runtime/error';
import { Grace } from '@boxoffice/runtime/grace';
import type { App } from '@boxoffice/runtime/program';

import { claimPayments } from '../sql/claim-payments.ts';
import { postPayment } from '../sql/settle-payment.ts';
import { BoxOffice } from './box-office.ts';
import { assertInvariants, beginOnly, blocked, prepare, refusalOf, type Purchase } from './purchase.ts';
import { until } from './until.ts';

const price = 10_000n;

let office: BoxOffice;
let app: App;
let ledger: Client<typeof LedgerService>;
let worker: Client<typeof LedgerService>;
let secondWorker: Client<typeof LedgerService>;
let queue: Client<typeof QueueService>;
let inventory: Client<typeof InventoryService>;
let scheduleId: bigint;

beforeAll(async () => {
  office = await BoxOffice.open();
  app = await office.startLedger();
  ledger = office.ledger(app);
  worker = office.ledger(app, 'worker');
  secondWorker = office.ledger(await office.startLedger(), 'worker');
  queue = office.client(QueueService, office.queueAddress, 'bff');
  inventory = office.client(InventoryService, office.inventoryAddress, 'bff');
  scheduleId = await office.schedule({ seatCount: 500, price });
});
afterEach(() => assertInvariants(office));
afterAll(async () => office[Symbol.asyncDispose]());

const purchase = (options: { scheduleId?: bigint } = {}) =>
  prepare(office, ledger, { scheduleId, balance: price, ...options });
const balanceOf = async (memberId: string) => (await ledger.getBalance({ memberId })).balance;
const paymentOf = async (paymentId: bigint) => (await ledger.getPayment({ paymentId })).payment;
const reservationOf = async (reservationId: bigint) => (await inventory.getReservation({ reservationId })).reservation;
const ticketOf = async (token: string) => (await queue.getTicket({ token })).ticket?.status;
const confirm = ({ reservation, memberId }: Purchase, paymentId: bigint) =>
  office
    .client(InventoryService, office.inventoryAddress, 'ledger')
    .confirmReservation({ reservationId: reservation.id, paymentId, memberId, amount: reservation.amount });

describe('a Ledger that dies', () => {
  test('after T1 leaves a payment that is taken over and paid', async () => {
    const bought = await purchase();
    const { id } = await beginOnly(office, bought);
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: price, held: price });
    expect((await paymentOf(id))?.status).toBe(PaymentStatus.RESERVED);
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect((await paymentOf(id))?.status).toBe(PaymentStatus.PAID);
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: 0n, held: 0n });
    expect((await reservationOf(bought.reservation.id))?.status).toBe(ReservationStatus.CONFIRMED);
    expect(await ticketOf(bought.token)).toBe(TicketStatus.COMPLETED);
  });

  test('after C1 leaves a sold seat whose payment is taken over and paid', async () => {
    const bought = await purchase();
    const { id } = await beginOnly(office, bought);
    expect((await confirm(bought, id)).confirmed).toBe(true);
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect((await paymentOf(id))?.status).toBe(PaymentStatus.PAID);
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: 0n, held: 0n });
    expect(await ticketOf(bought.token)).toBe(TicketStatus.COMPLETED);
  });

  test('after T2 leaves a ticket that the relay ends', async () => {
    const bought = await purchase();
    const { id, account_id, attempt } = await beginOnly(office, bought);
    await confirm(bought, id);
    await postPayment.one(office.pools.ledger, [id, account_id, 0, attempt]);
    expect(await ticketOf(bought.token)).toBe(TicketStatus.ADMITTED);
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 0 });
    expect(await worker.relayOutbox({})).toMatchObject({ delivered: 1, failed: 0 });
    expect(await ticketOf(bought.token)).toBe(TicketStatus.COMPLETED);
    expect(await worker.relayOutbox({})).toMatchObject({ delivered: 0, failed: 0 });
  });

  test('after T1, whose hold then runs out, leaves a payment that is voided, and the money is free', async () => {
    const short = await office.schedule({ seatCount: 1, price, holdSeconds: 1 });
    const bought = await purchase({ scheduleId: short });
    const { id } = await beginOnly(office, bought);
    await until(
      () => reservationOf(bought.reservation.id),
      (reservation) => reservation?.status === ReservationStatus.EXPIRED,
    );
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect(await paymentOf(id)).toMatchObject({ status: PaymentStatus.VOIDED, reason: 'HOLD_OVER' });
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: price, held: 0n });
  });

  test('after T1, whose date is then called off, leaves a payment that is voided for that reason', async () => {
    const date = await office.schedule({ seatCount: 1, price });
    const bought = await purchase({ scheduleId: date });
    const { id } = await beginOnly(office, bought);
    const admin = office.client(InventoryAdminService, office.inventoryAddress, 'operator');
    await admin.cancelSchedule({ scheduleId: date });
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect(await paymentOf(id)).toMatchObject({ status: PaymentStatus.VOIDED, reason: 'SCHEDULE_CANCELLED' });
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: price, held: 0n });
    const late = ledger.pay({ token: bought.token, reservationId: bought.reservation.id });
    expect(await refusalOf(late)).toBe('HOLD_OVER');
  });

  test('after T1, whose hold is then given up, leaves a payment that is voided', async () => {
    const bought = await purchase();
    const { id } = await beginOnly(office, bought);
    await inventory.releaseReservation({ reservationId: bought.reservation.id });
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect(await paymentOf(id)).toMatchObject({ status: PaymentStatus.VOIDED, reason: 'HOLD_OVER' });
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: price, held: 0n });
  });

  test('after T1 keeps the money aside while more is charged, and takes no more than that', async () => {
    const bought = await purchase();
    await beginOnly(office, bought);
    await ledger.charge({ memberId: bought.memberId, amount: 7n });
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: price + 7n, held: price });
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: 7n, held: 0n });
  });

  test('with many payments under way leaves each to one recoverer of several', async () => {
    const bought = await Promise.all(Array.from({ length: 12 }, () => purchase()));
    const begun = await Promise.all(bought.map((one) => beginOnly(office, one)));
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => (index % 2 === 0 ? worker : secondWorker).resumePayments({ limit: 5 })),
    );
    expect(answers.reduce((sum, { resumed }) => sum + resumed, 0)).toBe(12);
    expect(answers.reduce((sum, { finished }) => sum + finished, 0)).toBe(12);
    const states = await Promise.all(begun.map(({ id }) => paymentOf(id)));
    expect(new Set(states.map((payment) => payment?.status))).toEqual(new Set([PaymentStatus.PAID]));
  });

  test('leaves a payment alone that has its lease', async () => {
    const bought = await purchase();
    const { id } = await beginOnly(office, bought);
    await office.pools.ledger.query(`update payments set lease_until = now() + interval '5 s' where id = $1`, [id]);
    expect((await worker.resumePayments({})).resumed).toBe(0);
    await office.pools.ledger.query('update payments set lease_until = now() where id = $1', [id]);
    expect((await worker.resumePayments({})).finished).toBe(1);
  });
});

describe('a request that is told again', () => {
  test('drives on a payment that was left standing', async () => {
    const bought = await purchase();
    const request = { requestId: randomUUID(), token: bought.token, reservationId: bought.reservation.id };
    await using other = await office.startLedger({ INVENTORY_ADDRESS: '127.0.0.1:1', PAYMENT_DRIVE_TIMEOUT_MS: '300' });
    // This one cannot even read the reservation, so nothing has begun.
    expect(await refusalOf(office.ledger(other).pay(request))).toBe('DEPENDENCY_UNAVAILABLE');
    const lock = await blocked(office, bought);
    const answered = await ledger.pay(request, { timeoutMs: 1_000 });
    expect(answered.payment?.status).toBe(PaymentStatus.RESERVED);
    expect(await refusalOf(ledger.pay({ ...request, requestId: randomUUID() }))).toBe('PAYMENT_IN_FLIGHT');
    await lock[Symbol.asyncDispose]();
    expect((await ledger.pay(request)).payment).toMatchObject({
      id: answered.payment?.id,
      status: PaymentStatus.PAID,
    });
  });
});

describe('a payment that takes longer than its caller waits', () => {
  test('is answered as RESERVED before the deadline, and finished all the same', async () => {
    const bought = await purchase();
    const lock = await blocked(office, bought);
    const { payment } = await ledger.pay(
      { token: bought.token, reservationId: bought.reservation.id },
      { timeoutMs: 800 },
    );
    expect(payment?.status).toBe(PaymentStatus.RESERVED);
    await lock[Symbol.asyncDispose]();
    await until(
      () => paymentOf(payment?.id ?? 0n),
      (found) => found?.status === PaymentStatus.PAID,
    );
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: 0n, held: 0n });
  });

  test('is not voided by that: no answer is no rejection', async () => {
    const bought = await purchase();
    const hasty = await office.startLedger({ PAYMENT_DECISION_TIMEOUT_MS: '50', PAYMENT_DRIVE_TIMEOUT_MS: '200' });
    const lock = await blocked(office, bought);
    const { payment } = await office.ledger(hasty).pay({ token: bought.token, reservationId: bought.reservation.id });
    expect(payment?.status).toBe(PaymentStatus.RESERVED);
    expect((await paymentOf(payment?.id ?? 0n))?.status).toBe(PaymentStatus.RESERVED);
    await lock[Symbol.asyncDispose]();
    await office.pools.ledger.query('update payments set lease_until = now() where id = $1', [payment?.id]);
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect((await paymentOf(payment?.id ?? 0n))?.status).toBe(PaymentStatus.PAID);
  });

  test('and was taken over meanwhile is settled by the other alone', async () => {
    const bought = await purchase();
    const lock = await blocked(office, bought);
    const driving = ledger.pay({ token: bought.token, reservationId: bought.reservation.id });
    await until(
      () => balanceOf(bought.memberId),
      (balance) => balance?.held === price,
    );
    await office.pools.ledger.query(`update payments set lease_until = now() where status = 'RESERVED'`);
    const { id } = await claimPayments.one(office.pools.ledger, [1, 60]);
    await lock[Symbol.asyncDispose]();
    // The seats are sold by then; the money is for who has taken over to post.
    expect((await driving).payment).toMatchObject({ id, status: PaymentStatus.RESERVED });
    expect((await reservationOf(bought.reservation.id))?.status).toBe(ReservationStatus.CONFIRMED);
    await office.pools.ledger.query('update payments set lease_until = now() where id = $1', [id]);
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect(await balanceOf(bought.memberId)).toMatchObject({ balance: 0n, held: 0n });
  });

  test('is finished though its caller hangs up', async () => {
    const bought = await purchase();
    const lock = await blocked(office, bought);
    const hangUp = new AbortController();
    const call = ledger.pay({ token: bought.token, reservationId: bought.reservation.id }, { signal: hangUp.signal });
    const outcome = call.catch((error: unknown) => ConnectError.from(error).code);
    await until(
      () => balanceOf(bought.memberId),
      (balance) => balance?.held === price,
    );
    hangUp.abort();
    expect(await outcome).toBe(Code.Canceled);
    await lock[Symbol.asyncDispose]();
    await until(
      () => balanceOf(bought.memberId),
      (balance) => balance?.balance === 0n && balance.held === 0n,
    );
    expect((await reservationOf(bought.reservation.id))?.status).toBe(ReservationStatus.CONFIRMED);
  });

  test('is given up when the process ends, within its time, and may be taken over at once', async () => {
    const bought = await purchase();
    const dying = await office.startLedger(
      { PAYMENT_LEASE_MS: '30000', PAYMENT_DRIVE_TIMEOUT_MS: '25000' },
      new Grace(100),
    );
    const lock = await blocked(office, bought);
    const { payment } = await office
      .ledger(dying)
      .pay({ token: bought.token, reservationId: bought.reservation.id }, { timeoutMs: 600 });
    expect(payment?.status).toBe(PaymentStatus.RESERVED);
    const started = performance.now();
    await dying[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(1_500);
    await lock[Symbol.asyncDispose]();
    expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect((await paymentOf(payment?.id ?? 0n))?.status).toBe(PaymentStatus.PAID);
  });
});

describe('when a neighbour is away', () => {
  test('no decision of Inventory is no rejection: the payment waits until there is one', async () => {
    const bought = await purchase();
    const { id } = await beginOnly(office, bought);
    const lonely = office.ledger(
      await office.startLedger({
        INVENTORY_ADDRESS: '127.0.0.1:1',
        PAYMENT_DRIVE_TIMEOUT_MS: '300',
        PAYMENT_LEASE_MS: '400',
      }),
      'worker',
    );
    expect(await lonely.resumePayments({})).toMatchObject({ resumed: 1, finished: 0 });
    expect((await paymentOf(id))?.status).toBe(PaymentStatus.RESERVED);
    expect((await balanceOf(bought.memberId))?.held).toBe(price);
    // Its lease over, another takes it.
    await until(
      () => worker.resumePayments({}),
      ({ finished }) => finished === 1,
    );
    expect((await paymentOf(id))?.status).toBe(PaymentStatus.PAID);
  });

  test('the Queue: the payment is paid, and the relay ends the ticket when the Queue is back', async () => {
    const bought = await purchase();
    const { id } = await beginOnly(office, bought);
    const lonely = office.ledger(
      await office.startLedger({
        QUEUE_ADDRESS: '127.0.0.1:1',
        OUTBOX_RELAY_TIMEOUT_MS: '200',
        TICKET_COMPLETE_TIMEOUT_MS: '100',
      }),
      'worker',
    );
    expect(await lonely.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });
    expect((await paymentOf(id))?.status).toBe(PaymentStatus.PAID);
    expect(await ticketOf(bought.token)).toBe(TicketStatus.ADMITTED);
    await until(
      () => lonely.relayOutbox({}),
      ({ failed }) => failed === 1,
    );
    await until(
      () => worker.relayOutbox({}),
      ({ delivered }) => delivered === 1,
    );
    expect(await ticketOf(bought.token)).toBe(TicketStatus.COMPLETED);
  });

  test('a ticket that the Queue does not know is not asked for again', async () => {
    await office.pools.ledger.query(
      `insert into ticket_messages (type, subject, payload, next_attempt_at) values ('boxoffice.ledger.payment.paid.v1',
         'payments/none', jsonb_build_object('paymentId', 1, 'scheduleId', $1::bigint, 'ticketNumber', 999999,
         'ticketId', $2::text), now())`,
      [scheduleId, randomUUID()],
    );
    expect(await worker.relayOutbox({})).toMatchObject({ delivered: 1, failed: 0 });
  });
});

describe('the limits', () => {
  test('a Ledger with as many payments under way as it may drive refuses to begin another', async () => {
    const small = office.ledger(await office.startLedger({ PAYMENTS_MAX: '1' }));
    const [first, last] = [await purchase(), await purchase()];
    const lock = await blocked(office, first);
    const { payment } = await small.pay(
      { token: first.token, reservationId: first.reservation.id },
      { timeoutMs: 600 },
    );
    expect(payment?.status).toBe(PaymentStatus.RESERVED);
    const refused = small.pay({ token: last.token, reservationId: last.reservation.id });
    expect(await refusalOf(refused)).toBe('OVERLOADED');
    await lock[Symbol.asyncDispose]();
    const again = await until(
      () => small.pay({ token: last.token, reservationId: last.reservation.id }).catch(reasonOf),
      (answer) => answer !== 'OVERLOADED',
    );
    expect(again).toMatchObject({ payment: { status: PaymentStatus.PAID } });
    expect((await paymentOf(payment?.id ?? 0n))?.status).toBe(PaymentStatus.PAID);
  });

  test('of what may be asked of it are checked', async () => {
    expect(await refusalOf(worker.resumePayments({ limit: 101 }))).toBe('REQUEST_INVALID');
    expect(await refusalOf(worker.relayOutbox({ limit: 501 }))).toBe('REQUEST_INVALID');
  });

  test('only the worker resumes and relays, and it does nothing else', async () => {
    expect(await refusalOf(ledger.resumePayments({}))).toBe('CALLER_NOT_ALLOWED');
    expect(await refusalOf(ledger.relayOutbox({}))).toBe('CALLER_NOT_ALLOWED');
    expect(await refusalOf(worker.pay({ token: 'x', reservationId: 1n }))).toBe('CALLER_NOT_ALLOWED');
  });
});
