import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';

import { ReflectedServer } from './reflected-client.ts';
import { startTestSystem, startTimeoutMs, type TestSystem } from './running-system.ts';

let running: TestSystem;
beforeAll(async () => {
  running = await startTestSystem();
}, startTimeoutMs);
afterAll(() => running.stop());

const server = (name: 'queue' | 'inventory' | 'ledger' | 'worker'): ReflectedServer =>
  new ReflectedServer(running.system.addresses[name], running.system.keys.partner);

interface WireTicket {
  readonly status: string;
  readonly ahead: string;
  readonly number: string;
}

test.each([
  ['queue', ['boxoffice.queue.v1.QueueAdminService', 'boxoffice.queue.v1.QueueService']],
  ['inventory', ['boxoffice.inventory.v1.InventoryAdminService', 'boxoffice.inventory.v1.InventoryService']],
  ['ledger', ['boxoffice.ledger.v1.LedgerAdminService', 'boxoffice.ledger.v1.LedgerService']],
  ['worker', ['boxoffice.queue.v1.PositionService']],
] as const)('the %s lists its services by reflection, in both versions, and is healthy', async (name, expected) => {
  using asked = server(name);
  for (const version of ['v1', 'v1alpha'] as const) {
    const services = await asked.services(version);
    expect(services.filter((service) => service.startsWith('boxoffice.')).sort()).toEqual(expected);
  }
  for (const service of ['', ...expected]) {
    expect(await asked.call('grpc.health.v1.Health', 'check', { service })).toEqual({ status: 'SERVING' });
  }
});

test('a stock gRPC client gets from a ticket to owned seats, and watches its position on the way', async () => {
  using queue = server('queue');
  using inventory = server('inventory');
  using ledger = server('ledger');
  using worker = server('worker');

  const joined = await queue.call('boxoffice.queue.v1.QueueService', 'join', { schedule_id: 1, member_id: '7' });
  expect(joined).toMatchObject({ created: true, ticket: { member_id: '7', schedule_id: '1' } });
  const { token } = joined as { token: string };

  const seen = await positions(worker, token);
  expect(seen.at(-1)).toMatchObject({ status: 'TICKET_STATUS_ADMITTED', ahead: '0' });

  const held = await inventory.call('boxoffice.inventory.v1.InventoryService', 'holdSeats', {
    request_id: '6c3a1f04-6a0c-4b53-a1ce-6a8e1f0b7e01',
    token,
    schedule_id: 1,
    best_available: 2,
  });
  const { reservation } = held as { reservation: { id: string; amount: string; seats: unknown[] } };
  expect(reservation).toMatchObject({ status: 'RESERVATION_STATUS_PENDING', member_id: '7', amount: '198000' });
  expect(reservation.seats).toHaveLength(2);

  const request = { request_id: '6c3a1f04-6a0c-4b53-a1ce-6a8e1f0b7e02', token, reservation_id: reservation.id };
  const paid = await ledger.call('boxoffice.ledger.v1.LedgerService', 'pay', request);
  expect(paid).toMatchObject({ payment: { status: 'PAYMENT_STATUS_PAID', amount: '198000', member_id: '7' } });
  expect(await ledger.call('boxoffice.ledger.v1.LedgerService', 'pay', request)).toEqual(paid);

  const owned = await inventory.call('boxoffice.inventory.v1.InventoryService', 'listReservations', { member_id: '7' });
  expect(owned).toMatchObject({ reservations: [{ id: reservation.id, status: 'RESERVATION_STATUS_CONFIRMED' }] });
  const balance = await ledger.call('boxoffice.ledger.v1.LedgerService', 'getBalance', { member_id: '7' });
  expect(balance).toMatchObject({ balance: { balance: '802000', held: '0' } });
  const after = await queue.call('boxoffice.queue.v1.QueueService', 'getTicket', { token });
  expect(after).toMatchObject({ ticket: { status: 'TICKET_STATUS_COMPLETED' } });
});

test('a refusal carries its reason where any gRPC client finds it', async () => {
  using queue = server('queue');
  const refusal = queue.call('boxoffice.queue.v1.QueueService', 'join', { schedule_id: 999_999, member_id: '7' });
  const error = (await refusal.catch((reason: unknown) => reason)) as {
    code: number;
    metadata: { get(key: string): Buffer[] };
  };
  expect(error.code).toBe(5);
  expect(error.metadata.get('grpc-status-details-bin')[0]?.toString('latin1')).toContain('QUEUE_UNKNOWN');
});

/** The positions a stream tells until the ticket is admitted. */
async function positions(worker: ReflectedServer, token: string): Promise<WireTicket[]> {
  const stream = await worker.stream('boxoffice.queue.v1.PositionService', 'watchPosition', { token });
  const seen: WireTicket[] = [];
  for await (const message of stream as AsyncIterable<{ ticket: WireTicket }>) {
    seen.push(message.ticket);
    if (message.ticket.status === 'TICKET_STATUS_ADMITTED') break;
  }
  return seen;
}
