import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { QueueAdminService } from '@boxoffice/proto/queue';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createClient } from '@connectrpc/connect';

import { writePrivate } from './keys.ts';
import type { Output } from './output.ts';

/** The system to load into. */
interface Target {
  /** Where it is noted that a load has begun. */
  readonly home: string;
  readonly addresses: Readonly<Record<'queue' | 'inventory' | 'ledger', string>>;
}

interface DemoConcert {
  readonly name: string;
  readonly description: string;
  readonly venue: string;
  readonly price: bigint;
  /** The dates, in days from the first start. */
  readonly days: readonly number[];
}

/** The first date comes first, and is weeks away, so that copied lines about date 1 still work some days later. */
const concerts: readonly DemoConcert[] = [
  {
    name: 'Winter Light',
    description: 'Three evenings of chamber music by candlelight.',
    venue: 'Seoul Arts Hall',
    price: 99_000n,
    days: [21, 22, 23],
  },
  {
    name: 'Neon Harbour',
    description: 'One band, one night, no support act. And two more nights.',
    venue: 'Busan Harbour Stage',
    price: 132_000n,
    days: [0, 1, 30],
  },
  {
    name: 'The Long Encore',
    description: 'A farewell tour that has been going on for years.',
    venue: 'Daegu Open Air',
    price: 77_000n,
    days: [7, 60],
  },
];

const seatCount = 50;
const memberCount = 100;
const memberBalance = 1_000_000n;
const parallelMax = 10;

/**
 * Loads concerts, dates with their queues, and members with money, when there are no concerts. Loading again after a
 * start that was cut short completes it: every request has the same id each time.
 */
export async function loadCatalogue(target: Target, operatorKey: string, output: Output): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const open = (address: string) => stack.use(grpcTransport({ address, key: operatorKey, defaultTimeoutMs: 10_000 }));
  const inventory = open(target.addresses.inventory);
  const marker = join(target.home, 'catalogue.json');
  const begun = await readMarker(marker);
  const { concerts: found } = await createClient(InventoryService, inventory).listConcerts({ pageSize: 1 });
  if (found.length > 0 && !begun) return;

  const today = begun ?? todayInKorea();
  await writePrivate(marker, JSON.stringify({ today }));
  await loadMembers(createClient(LedgerService, open(target.addresses.ledger)));
  const dates = await loadConcerts(
    createClient(InventoryAdminService, inventory),
    createClient(QueueAdminService, open(target.addresses.queue)),
    today,
  );
  await rm(marker);
  output.note(`Loaded ${concerts.length} concerts on ${dates} dates and ${memberCount} members.`);
}

async function loadMembers(ledger: ReturnType<typeof createClient<typeof LedgerService>>): Promise<void> {
  const members = Array.from({ length: memberCount }, (_, index) => String(index + 1));
  const load = async (): Promise<void> => {
    for (let memberId = members.shift(); memberId !== undefined; memberId = members.shift()) {
      await ledger.openAccount({ memberId });
      await ledger.charge({ memberId, amount: memberBalance, requestId: requestId(`charge ${memberId}`) });
    }
  };
  await Promise.all(Array.from({ length: parallelMax }, load));
}

/** One after the other, so that the first concert has the id 1. Tells how many dates there are. */
async function loadConcerts(
  inventory: ReturnType<typeof createClient<typeof InventoryAdminService>>,
  queue: ReturnType<typeof createClient<typeof QueueAdminService>>,
  today: string,
): Promise<number> {
  let dates = 0;
  for (const { days, price, ...words } of concerts) {
    const { concert } = await inventory.createConcert({ ...words, requestId: requestId(words.name) });
    for (const day of days) {
      const date = dayAfter(today, day);
      const { schedule } = await inventory.createSchedule({
        requestId: requestId(`${words.name} ${date}`),
        concertId: concert?.id ?? 0n,
        date,
        seatCount,
        price,
      });
      const scheduleId = schedule?.id ?? 0n;
      await queue.openQueue({ requestId: requestId(`queue ${scheduleId}`), scheduleId });
      dates += 1;
    }
  }
  return dates;
}

/** The day on which a load began that was cut short. */
async function readMarker(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { today } = JSON.parse(text) as { today: string };
  return today;
}

/** A UUID that is the same each time. */
function requestId(name: string): string {
  const hex = createHash('sha256').update(`boxoffice demo catalogue: ${name}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Today's date, `YYYY-MM-DD`, where the concerts are. */
function todayInKorea(): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Seoul' }).format(new Date());
}

function dayAfter(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}
