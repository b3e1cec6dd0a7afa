import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { InventoryAdminService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { QueueAdminService } from '@boxoffice/proto/queue';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createClient, type Client } from '@connectrpc/connect';

import type { Journal } from '../demo/journal.ts';
import type { System } from '../system.ts';

/** How much is sold, and how many only look on. */
export interface SaleSize {
  readonly seats: number;
  readonly members: number;
  readonly watchers: number;
}

/** What is sold, and to whom. */
export interface Sale {
  /** Dates whose queue lets everybody in at the next tick. */
  readonly scheduleIds: readonly number[];
  /** The date whose queue lets one in every five seconds: those who wait for it look on. */
  readonly watchedId: number;
  /** Those who buy; each has money for {@link purchasesEach} seats. */
  readonly members: readonly string[];
  /** Those who wait. */
  readonly watchers: readonly string[];
}

const price = 1_000n;
const purchasesEach = 1_000;
/** Few, so that there are many dates: those who want the best seats of one take turns. */
const seatsADate = 1_000;
/** So that no member comes back to a date before their ticket of last time is over. */
const datesMin = 4;
const atOnce = 32;
const activeTtl = { seconds: 3_600n };
const admitInterval = durationFromMs(5_000);

/** Enters dates, opens their queues, and gives the members accounts and money. */
export async function prepareSale(
  { addresses, keys }: Pick<System, 'addresses' | 'keys'>,
  size: SaleSize,
  journal: Pick<Journal, 'add'>,
): Promise<Sale> {
  await using stack = new AsyncDisposableStack();
  const open = (address: string, key: string) => stack.use(grpcTransport({ address, key, defaultTimeoutMs: 20_000 }));
  const inventory = createClient(InventoryAdminService, open(addresses.inventory, keys.operator));
  const queue = createClient(QueueAdminService, open(addresses.queue, keys.operator));
  const ledger = createClient(LedgerService, open(addresses.ledger, keys.partner));
  const { concert } = await inventory.createConcert({ name: 'Changing of the guard' });
  const enter = async (seatCount: number, policy: { admitCount?: number }): Promise<number> => {
    const date = { concertId: concert?.id ?? 0n, date: '2099-12-31', seatCount, price };
    const scheduleId = (await inventory.createSchedule(date)).schedule?.id ?? 0n;
    const pace = policy.admitCount === undefined ? {} : { admitInterval };
    await queue.openQueue({ scheduleId, policy: { maxActive: 10_000, activeTtl, ...policy, ...pace } });
    return Number(scheduleId);
  };
  const dates = Math.max(datesMin, Math.ceil(size.seats / seatsADate));
  const scheduleIds: number[] = [];
  for (let date = 0; date < dates; date += 1) scheduleIds.push(await enter(seatsADate, {}));
  const watchedId = await enter(1, { admitCount: 1 });
  const members = Array.from({ length: size.members }, (_, index) => `buyer-${index}`);
  await openAccounts(ledger, members, journal);
  const watchers = Array.from({ length: size.watchers }, (_, index) => `watcher-${index}`);
  return { scheduleIds, watchedId, members, watchers };
}

async function openAccounts(
  ledger: Client<typeof LedgerService>,
  members: readonly string[],
  journal: Pick<Journal, 'add'>,
): Promise<void> {
  const left = members.values();
  const amount = price * BigInt(purchasesEach);
  const work = async (): Promise<void> => {
    for (const memberId of left) {
      await ledger.openAccount({ memberId });
      journal.add({ kind: 'account', memberId });
      const { transferId } = await ledger.charge({ memberId, amount });
      journal.add({ kind: 'charge', memberId, transferId: Number(transferId), amount: Number(amount) });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
