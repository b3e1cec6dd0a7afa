import { randomUUID } from 'node:crypto';

import { afterAll, afterEach, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import type { CallOptions, Client } from '@connectrpc/connect';
import type { LedgerService } from '@boxoffice/proto/ledger';
import { QueueService } from '@boxoffice/proto/queue';
import { isReplayed } from '@boxoffice/runtime/testing/replay';

import { BoxOffice } from './box-office.ts';
import { assertInvariants, prepare, refusalOf, type Purchase } from './purchase.ts';

const price = 10_000n;
/** Where nothing listens. */
const nowhere = '127.0.0.1:9';

let office: BoxOffice;
let ledger: Client<typeof LedgerService>;
let scheduleId: bigint;

beforeAll(async () => {
  office = await BoxOffice.open();
  ledger = office.ledger(await office.startLedger());
  scheduleId = await office.schedule({ seatCount: 50, price });
});
afterEach(() => assertInvariants(office));
afterAll(async () => office[Symbol.asyncDispose]());

const purchase = (balance = price): Promise<Purchase> => prepare(office, ledger, { scheduleId, balance });
const balanceOf = async (memberId: string): Promise<bigint | undefined> =>
  (await ledger.getBalance({ memberId })).balance?.balance;

/** Whether the first and the second of two calls say that they are replays. */
async function twice(call: (options: CallOptions) => Promise<unknown>): Promise<[boolean, boolean]> {
  return [await isReplayed(call), await isReplayed(call)];
}

test('what is asked for again under its id is told to be a replay, and is made once', async () => {
  const { memberId, token, reservation } = await purchase();
  // One id for all of it: each operation has its own.
  const requestId = randomUUID();
  const { payment } = await ledger.pay({ requestId, token, reservationId: reservation.id });
  const paymentId = payment?.id ?? 0n;
  expect(await isReplayed((options) => ledger.pay({ requestId, token, reservationId: reservation.id }, options))).toBe(
    true,
  );
  expect(await twice((options) => ledger.charge({ requestId, memberId, amount: 5n }, options))).toEqual([false, true]);
  expect(await twice((options) => ledger.refund({ requestId, paymentId, memberId }, options))).toEqual([false, true]);
  expect(await twice((options) => ledger.charge({ memberId, amount: 1n }, options))).toEqual([false, false]);
  expect(await balanceOf(memberId)).toBe(price + 7n);
});

test('a refusal that is told again is told to be a replay', async () => {
  const { memberId, token, reservation } = await purchase(0n);
  const [requestId, reservationId] = [randomUUID(), reservation.id];
  expect(await twice((options) => ledger.pay({ requestId, token, reservationId }, options))).toEqual([false, true]);
  const stranger = randomUUID();
  const charge = { requestId, memberId: stranger, amount: 1n };
  expect(await twice((options) => ledger.charge(charge, options))).toEqual([false, true]);
  const refund = { requestId, memberId, paymentId: 999_999n };
  expect(await twice((options) => ledger.refund(refund, options))).toEqual([false, true]);
});

test('a refusal stays the same when the ticket is over', async () => {
  const { token, reservation } = await purchase();
  const request = { requestId: randomUUID(), token, reservationId: reservation.id, amount: price - 1n };
  expect(await refusalOf(ledger.pay(request))).toBe('AMOUNT_MISMATCH');
  await office.client(QueueService, office.queueAddress, 'bff').leave({ token });
  expect(await refusalOf(ledger.pay(request))).toBe('AMOUNT_MISMATCH');
  expect(await isReplayed((options) => ledger.pay(request, options))).toBe(true);
  expect(await refusalOf(ledger.pay({ ...request, requestId: randomUUID() }))).toBe('TICKET_OVER');
});

test('a payment that could not begin, since a part was away, begins under its id when the part is back', async () => {
  const { token, reservation, memberId } = await purchase();
  const request = { requestId: randomUUID(), token, reservationId: reservation.id };
  for (const away of [{ QUEUE_ADDRESS: nowhere }, { INVENTORY_ADDRESS: nowhere }]) {
    const without = office.ledger(await office.startLedger(away));
    expect(await refusalOf(without.pay(request))).toBe('DEPENDENCY_UNAVAILABLE');
  }
  expect(await twice((options) => ledger.pay(request, options))).toEqual([false, true]);
  expect(await balanceOf(memberId)).toBe(0n);
});
