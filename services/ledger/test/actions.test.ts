import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import type { Client } from '@connectrpc/connect';
import { LedgerAdminService, type LedgerService } from '@boxoffice/proto/ledger';
import { onBehalfOf } from '@boxoffice/runtime/grpc/transport';

import { BoxOffice } from './box-office.ts';

let office: BoxOffice;
let admin: Client<typeof LedgerAdminService>;
let operator: Client<typeof LedgerService>;
let bff: Client<typeof LedgerService>;
beforeAll(async () => {
  office = await BoxOffice.open();
  const app = await office.startLedger();
  admin = office.client(LedgerAdminService, app.address, 'operator');
  operator = office.ledger(app, 'operator');
  bff = office.ledger(app);
});
afterAll(() => office[Symbol.asyncDispose]());

async function done(): Promise<[string, string, unknown][]> {
  const { actions } = await admin.listActions({});
  return actions.map(({ action, subject, details }) => [action, subject, JSON.parse(details)]);
}

/** Buys seats of a date at 100 each; gives the payment. */
async function paid(scheduleId: bigint, memberId: string, seats: number): Promise<bigint> {
  const token = await office.admitted(scheduleId, memberId);
  const { id: reservationId } = await office.hold(token, scheduleId, seats);
  const { payment } = await bff.pay({ requestId: randomUUID(), token, reservationId });
  return payment?.id ?? 0n;
}

test('accounts and charges are written down where an operator makes them, once', async () => {
  await bff.openAccount({ memberId: 'theirs' });
  await bff.charge({ memberId: 'theirs', amount: 1n });
  expect(await done()).toEqual([]);

  await operator.openAccount({ memberId: 'm' });
  await operator.openAccount({ memberId: 'm' });
  const charge = { requestId: randomUUID(), memberId: 'm', amount: 1_000n };
  await Promise.all([operator.charge(charge), bff.charge({ memberId: 'm', amount: 5n })]);
  await operator.charge(charge);
  await expect(operator.charge({ memberId: 'nobody', amount: 1n })).rejects.toThrow('nobody');
  expect(await done()).toEqual([
    ['Charge', 'members/m', { amount: '1000' }],
    ['OpenAccount', 'members/m', {}],
  ]);
});

test('an action on behalf of a partner says so', async () => {
  await operator.openAccount({ memberId: 'm' }, { headers: onBehalfOf('acme') });
  expect((await done())[0]).toEqual(['OpenAccount', 'members/m', { partner: 'acme' }]);
});

test('sales of a date are its payments by state, and what is left of them', async () => {
  const scheduleId = await office.schedule({ seatCount: 10, price: 100n });
  const nothing = { reserved: 0, paid: 0, voided: 0, declined: 0, refunding: 0, refunded: 0, currencyCode: 'KRW' };
  expect(await admin.getSales({ scheduleId })).toMatchObject({ revenue: 0n, ...nothing });
  const [first, second] = [await paid(scheduleId, 'm', 2), await paid(scheduleId, 'm', 1)];
  expect(first).not.toBe(second);
  await expect(paid(scheduleId, 'theirs', 1)).rejects.toThrow('BALANCE_TOO_LOW');
  expect(await admin.getSales({ scheduleId })).toMatchObject({ ...nothing, revenue: 300n, paid: 2, declined: 1 });

  const refund = { requestId: randomUUID(), paymentId: first };
  await operator.refund(refund);
  await operator.refund(refund);
  expect(await admin.getSales({ scheduleId })).toMatchObject({
    ...nothing,
    revenue: 100n,
    paid: 1,
    refunded: 1,
    declined: 1,
  });
  await bff.refund({ requestId: randomUUID(), paymentId: second });
  expect((await admin.getSales({ scheduleId })).revenue).toBe(0n);
  const refunds = (await done()).filter(([action]) => action === 'Refund');
  expect(refunds).toEqual([['Refund', `payments/${first}`, {}]]);
});
