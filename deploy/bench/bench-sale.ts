import { setTimeout as delay } from 'node:timers/promises';

import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { QueueService } from '@boxoffice/proto/queue';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createClient, type Client } from '@connectrpc/connect';

import { inParallel } from './at-once.ts';
import type { BenchSystem } from './bench-system.ts';
import { memberName, type Payable } from './load/requests.ts';

/** The services themselves, called as the partner whose members those of the BFF are. */
export interface Services extends AsyncDisposable {
  readonly queue: Client<typeof QueueService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly inventoryAdmin: Client<typeof InventoryAdminService>;
  readonly ledger: Client<typeof LedgerService>;
}

/** Connects to the services. */
export function openServices({ system }: Pick<BenchSystem, 'system'>): Services {
  const stack = new AsyncDisposableStack();
  const { addresses, keys } = system;
  const connect = (address: string, key = keys.partner) => stack.use(grpcTransport({ address, key }));
  return {
    queue: createClient(QueueService, connect(addresses.queue)),
    inventory: createClient(InventoryService, connect(addresses.inventory)),
    inventoryAdmin: createClient(InventoryAdminService, connect(addresses.inventory, keys.operator)),
    ledger: createClient(LedgerService, connect(addresses.ledger)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** So many calls at once: the BFF's own way of asking is not what is measured here. */
const atOnce = 32;

/** Opens accounts of the members of a prefix, numbers from 0 on. */
export async function openMembers({ ledger }: Services, prefix: string, count: number): Promise<void> {
  await inParallel(count, atOnce, (nth) => ledger.openAccount({ memberId: memberName(prefix, nth) }));
}

const price = 50_000n;
const lastsMs = 3_600_000;
const admissionLimitMs = 60_000;
const pollMs = 100;

/** A sale of which every seat is held and can be paid. */
export interface Sale {
  readonly scheduleId: bigint;
  readonly payables: readonly Payable[];
}

/** Sells so many seats up to the payment, by the services' own calls: each member has a balance, is admitted, and holds a seat. */
export async function prepareSale(bench: Pick<BenchSystem, 'admin'>, services: Services, count: number): Promise<Sale> {
  const { queue, inventory, ledger } = services;
  const scheduleId = await enterDate(bench, services, count);
  const prefix = `sale-${scheduleId}-`;
  await openMembers(services, prefix, count);
  const tokens = await inParallel(count, atOnce, async (nth) => {
    const memberId = memberName(prefix, nth);
    await ledger.charge({ memberId, amount: price });
    return (await queue.join({ scheduleId, memberId })).token;
  });
  await awaitAdmission(bench, scheduleId, count);
  const seatIds = await seatsOf(services, scheduleId, tokens[0] ?? '');
  const payables = await inParallel(count, atOnce, async (nth) => {
    const token = tokens[nth] ?? '';
    const { reservation } = await inventory.holdSeats({ token, scheduleId, seatIds: [seatIds[nth] ?? 0n] });
    return { reservationId: reservation?.id ?? 0n, token };
  });
  return { scheduleId, payables };
}

async function enterDate(
  { admin }: Pick<BenchSystem, 'admin'>,
  { inventoryAdmin }: Services,
  seatCount: number,
): Promise<bigint> {
  const { concert } = await inventoryAdmin.createConcert({ name: 'Bench' });
  const { schedule } = await inventoryAdmin.createSchedule({
    concertId: concert?.id ?? 0n,
    date: '2099-12-31',
    seatCount,
    price,
    holdDuration: durationFromMs(lastsMs),
  });
  const scheduleId = schedule?.id ?? 0n;
  const activeTtl = durationFromMs(lastsMs);
  await admin.openQueue({ scheduleId, policy: { maxActive: seatCount, activeTtl, presenceTtl: durationFromMs(0) } });
  return scheduleId;
}

async function awaitAdmission({ admin }: Pick<BenchSystem, 'admin'>, scheduleId: bigint, count: number): Promise<void> {
  const endAtMs = performance.now() + admissionLimitMs;
  for (;;) {
    const { queue } = await admin.getQueue({ scheduleId });
    if (Number(queue?.admitted) === count) return;
    if (performance.now() > endAtMs) throw new Error(`${queue?.admitted} of ${count} members are admitted`);
    await delay(pollMs);
  }
}

async function seatsOf({ inventory }: Services, scheduleId: bigint, token: string): Promise<bigint[]> {
  const ids: bigint[] = [];
  let pageToken = '';
  do {
    const page = await inventory.listSeats({ token, scheduleId, pageToken });
    ids.push(...page.seats.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return ids;
}
