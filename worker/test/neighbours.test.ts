import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { InventoryService, ReservationStatus } from '@boxoffice/proto/inventory';
import { TicketStatus, QueueService } from '@boxoffice/proto/queue';
import { BoxOffice } from '@boxoffice/ledger/test/box-office';
import { prepare } from '@boxoffice/ledger/test/purchase';
import { until } from '@boxoffice/ledger/test/until';

import { createApp } from '../app.ts';

/** A worker between a real Inventory and a real Ledger. */
let office: BoxOffice;
beforeAll(async () => {
  office = await BoxOffice.open();
});
afterAll(async () => {
  await office[Symbol.asyncDispose]();
});

test('a worker sweeps holds that have run out, and sees to it that payments end their tickets', async () => {
  const ledgerApp = await office.startLedger();
  await office.start(createApp, {
    WORKER_PORT: '0',
    SERVICE_KEY: office.key('worker'),
    INVENTORY_ADDRESS: office.inventoryAddress,
    LEDGER_ADDRESS: ledgerApp.address,
    TICK_INTERVAL_MS: '20',
  });
  const ledger = office.ledger(ledgerApp);
  const scheduleId = await office.schedule({ seatCount: 4, price: 1_000n, holdSeconds: 1 });
  const inventory = office.client(InventoryService, office.inventoryAddress, 'bff');
  const queue = office.client(QueueService, office.queueAddress, 'bff');

  const paying = await prepare(office, ledger, { scheduleId, balance: 5_000n });
  await ledger.pay({ token: paying.token, reservationId: paying.reservation.id });
  await until(
    async () => (await queue.getTicket({ token: paying.token })).ticket?.status,
    (status) => status === TicketStatus.COMPLETED,
  );

  const waiting = await prepare(office, ledger, { scheduleId });
  await until(
    async () => {
      const { rows } = await office.pools.inventory.query<{ status: string }>(
        'select status from reservations where id = $1',
        [waiting.reservation.id],
      );
      return rows[0]?.status;
    },
    (status) => status === 'EXPIRED',
  );
  const { reservation } = await inventory.getReservation({ reservationId: waiting.reservation.id });
  expect(reservation?.status).toBe(ReservationStatus.EXPIRED);
});
