import { randomUUID } from 'node:crypto';

import { measureSale, reservationCounting } from '@boxoffice/inventory/metrics';
import { InventoryService } from '@boxoffice/proto/inventory';
import { QueueService } from '@boxoffice/proto/queue';
import { measureStandings, ticketCounting } from '@boxoffice/queue/metrics';
import { orderAndCount } from '@boxoffice/runtime/events/count-events';
import { createLogger } from '@boxoffice/runtime/log';
import { openMetrics } from '@boxoffice/runtime/telemetry/metrics';
import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { measureUnderWay, moneyCounting } from '../metrics.ts';
import { BoxOffice } from './box-office.ts';
import { beginOnly, prepare } from './purchase.ts';

const log = createLogger('test', 'silent');
const price = 10_000n;

let office: BoxOffice;
beforeAll(async () => {
  office = await BoxOffice.open();
});
afterAll(() => office[Symbol.asyncDispose]());

test('what has happened in a sale is counted once, by whoever orders its events, and what stands is measured', async () => {
  const ledger = office.ledger(await office.startLedger());
  const scheduleId = await office.schedule({ seatCount: 10, price });
  const [first, second] = [openMetrics({ log }), openMetrics({ log })];
  const countings = [first, second].map(({ meter }) => {
    const { queue, inventory, ledger } = office.pools;
    measureStandings(meter, queue, log);
    measureSale(meter, inventory, log);
    measureUnderWay(meter, ledger, log);
    const [tickets, seats, money] = [ticketCounting(meter), reservationCounting(meter), moneyCounting(meter)];
    return [
      () => orderAndCount(queue, 100, tickets),
      () => orderAndCount(inventory, 100, seats),
      () => orderAndCount(ledger, 100, money),
    ];
  });

  const bought = await prepare(office, ledger, { scheduleId, balance: 3n * price, seats: 2 });
  const payment = { token: bought.token, reservationId: bought.reservation.id, requestId: randomUUID() };
  const { payment: paid } = await ledger.pay(payment);
  await ledger.pay(payment);
  const refund = { paymentId: paid?.id ?? 0n, memberId: bought.memberId };
  await ledger.refund({ ...refund, seatIds: [bought.reservation.seats[0]?.id ?? 0n] });
  await ledger.refund(refund);
  const poor = await prepare(office, ledger, { scheduleId });
  await expect(ledger.pay({ token: poor.token, reservationId: poor.reservation.id })).rejects.toThrow();
  const standing = await prepare(office, ledger, { scheduleId, balance: price });
  await beginOnly(office, standing);
  const queue = office.client(QueueService, office.queueAddress, 'bff');
  const { token: waiting } = await queue.join({ scheduleId, memberId: randomUUID() });
  await queue.leave({ token: waiting });
  await queue.join({ scheduleId, memberId: 'waits' });
  await office.client(InventoryService, office.inventoryAddress, 'bff').getSchedule({ scheduleId });

  // Both at once: each event is one's or the other's.
  await Promise.all(countings.flat().map((order) => order()));
  await Promise.all(countings.flat().map((order) => order()));
  const texts = await Promise.all([first.expose(), second.expose()]);
  const sum = (series: string): number =>
    texts.reduce((total, text) => total + Number(lineOf(text, series)?.slice(series.length) ?? Number.NaN), 0);
  expect(sum('boxoffice_queue_joins_total')).toBe(5);
  expect(sum('boxoffice_queue_admitted_total')).toBe(3);
  expect(sum('boxoffice_queue_wait_seconds_count')).toBe(3);
  expect(sum('boxoffice_queue_tickets_over_total{how="COMPLETED"}')).toBe(1);
  expect(sum('boxoffice_queue_tickets_over_total{how="LEFT"}')).toBe(1);
  expect(sum('boxoffice_inventory_holds_total{outcome="held"}')).toBe(3);
  expect(sum('boxoffice_inventory_seats_held_total')).toBe(4);
  expect(sum('boxoffice_inventory_seats_sold_total')).toBe(2);
  expect(sum('boxoffice_inventory_seats_refunded_total')).toBe(2);
  expect(sum('boxoffice_ledger_payments_total{status="PAID"}')).toBe(1);
  expect(sum('boxoffice_ledger_payments_total{status="REFUNDED"}')).toBe(1);
  expect(sum('boxoffice_ledger_payments_total{status="DECLINED"}')).toBe(1);
  expect(sum('boxoffice_ledger_paid_won_total')).toBe(20_000);
  expect(sum('boxoffice_ledger_charged_won_total')).toBe(40_000);

  const [text] = texts;
  const value = (series: string): number => Number(lineOf(text, series)?.slice(series.length));
  expect(value('boxoffice_queue_waiting')).toBe(1);
  expect(value(`boxoffice_queue_tickets{schedule="${scheduleId}",state="waiting"}`)).toBe(1);
  expect(value(`boxoffice_queue_tickets{schedule="${scheduleId}",state="admitted"}`)).toBe(2);
  expect(value(`boxoffice_queue_open{schedule="${scheduleId}"}`)).toBe(1);
  expect(value(`boxoffice_queue_oldest_waiting_seconds{schedule="${scheduleId}"}`)).toBeGreaterThan(0);
  expect(value('boxoffice_inventory_seats{state="OPEN"}')).toBe(8);
  expect(value('boxoffice_inventory_seats{state="HELD"}')).toBe(2);
  expect(value('boxoffice_inventory_oldest_overdue_hold_seconds')).toBe(0);
  expect(value('boxoffice_ledger_payments_unfinished')).toBe(1);
  expect(value('boxoffice_ledger_oldest_unfinished_payment_seconds')).toBeGreaterThan(0);
  expect(value('boxoffice_ledger_messages_pending')).toBe(0);
  await Promise.all([first[Symbol.asyncDispose](), second[Symbol.asyncDispose]()]);
});

function lineOf(text: string, series: string): string | undefined {
  return text.split('\n').find((line) => line.startsWith(`${series} `));
}
