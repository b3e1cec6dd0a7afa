import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { openMeasured, type Measured } from '@boxoffice/runtime/testing/measured';

import { BoxOffice } from './box-office.ts';
import { beginOnly, prepare, refusalOf } from './purchase.ts';

const price = 10_000n;

let measured: Measured;
let office: BoxOffice;
beforeAll(async () => {
  measured = openMeasured();
  office = await BoxOffice.open();
});
afterAll(async () => {
  await office[Symbol.asyncDispose]();
  await measured[Symbol.asyncDispose]();
});

test('payments count once in each state they end in, whatever is told again; and what stands is measured', async () => {
  const ledger = office.ledger(await office.startLedger({}, measured.telemetry));
  const worker = office.ledger(await office.startLedger({}, measured.telemetry), 'worker');
  const scheduleId = await office.schedule({ seatCount: 20, price });
  const buyer = await prepare(office, ledger, { scheduleId, seats: 2 });
  const { memberId, token, reservation } = buyer;
  const charge = { requestId: randomUUID(), memberId, amount: 3n * price };
  for (let times = 0; times < 2; times++) await ledger.charge(charge);
  const pay = { requestId: randomUUID(), token, reservationId: reservation.id };
  await ledger.pay(pay);
  const { payment } = await ledger.pay(pay);
  const paymentId = payment?.id ?? 0n;
  const [seat] = reservation.seats;
  await ledger.refund({ memberId, paymentId, seatIds: [seat?.id ?? 0n] });
  const rest = { requestId: randomUUID(), memberId, paymentId };
  for (let times = 0; times < 2; times++) await ledger.refund(rest);

  const poor = await prepare(office, ledger, { scheduleId });
  const poorPay = { requestId: randomUUID(), token: poor.token, reservationId: poor.reservation.id };
  for (let times = 0; times < 2; times++) expect(await refusalOf(ledger.pay(poorPay))).toBe('BALANCE_TOO_LOW');

  // Left standing by a Ledger that has died, while the hold has run out.
  const late = await prepare(office, ledger, { scheduleId, balance: price });
  await beginOnly(office, late);
  const standing = await measured.series();
  await office.pools.inventory.query(
    `update reservations set created_at = now() - interval '2 h', expires_at = now() - interval '1 h' where id = $1`,
    [late.reservation.id],
  );
  expect(await worker.resumePayments({})).toMatchObject({ resumed: 1, finished: 1 });

  const series = await measured.series();
  const ended = (status: string): number | undefined =>
    series.get(`boxoffice_ledger_payments_total{status="${status}"}`);
  expect(['PAID', 'DECLINED', 'VOIDED', 'REFUNDED'].map(ended)).toEqual([1, 1, 1, 1]);
  expect(series.get('boxoffice_ledger_paid_won_total')).toBe(Number(2n * price));
  expect(series.get('boxoffice_ledger_charged_won_total')).toBe(Number(4n * price));
  expect(series.get('boxoffice_ledger_payment_duration_seconds_count')).toBe(2);
  expect(standing.get('boxoffice_ledger_payments_unfinished')).toBe(1);
  expect(standing.get('boxoffice_ledger_oldest_unfinished_payment_seconds')).toBeGreaterThan(0);
  expect(standing.get('boxoffice_ledger_messages_pending')).toBeDefined();
  expect(standing.get('boxoffice_ledger_oldest_message_seconds')).toBeDefined();
});
