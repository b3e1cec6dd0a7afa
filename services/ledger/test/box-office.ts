import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient, type Client, type Transport } from '@connectrpc/connect';
import type { DescService } from '@bufbuild/protobuf';
import { createApp as createInventory } from '@boxoffice/inventory/app';
import { migrations as inventoryMigrations } from '@boxoffice/inventory/migrations/index';
import { InventoryAdminService, InventoryService, type Reservation } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { QueueAdminService, QueueService, TicketStatus } from '@boxoffice/proto/queue';
import { createApp as createQueue } from '@boxoffice/queue/app';
import { tick } from '@boxoffice/queue/admission';
import { migrations as queueMigrations } from '@boxoffice/queue/migrations/index';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { Grace } from '@boxoffice/runtime/grace';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { saveKeyring } from '@boxoffice/runtime/key-file';
import { createKey, type KeyEntry } from '@boxoffice/runtime/keyring';
import { createLogger } from '@boxoffice/runtime/log';
import type { App, Start } from '@boxoffice/runtime/program';
import { testDatabase } from '@boxoffice/runtime/testing/database';

import { createApp as createLedger } from '../app.ts';
import { migrations } from '../migrations/index.ts';
import { until } from './until.ts';

const callers = {
  bff: 'service',
  worker: 'service',
  inventory: 'service',
  ledger: 'service',
  operator: 'operator',
  acme: 'partner',
} as const;

/** Everybody is admitted, and stays so for the time of a test. */
const policy = { maxActive: 10_000, activeTtl: { seconds: 3_600n } };

/** Who has a key. */
export type Caller = keyof typeof callers;

/** Queue, Inventory and Ledger in this process, on one database of their own, as far as a test wants them. */
export class BoxOffice implements AsyncDisposable {
  readonly #resources = new AsyncDisposableStack();
  readonly #keys = new Map<Caller, string>();
  readonly #transports = new Map<string, Transport>();
  #env: NodeJS.ProcessEnv = {};
  #pools: { readonly ledger: Pool; readonly inventory: Pool; readonly queue: Pool } | undefined;
  queueAddress = '';
  inventoryAddress = '';

  /** Starts Queue and Inventory; a test starts the Ledgers it wants. */
  static async open(): Promise<BoxOffice> {
    const office = new BoxOffice();
    await office.#open();
    return office;
  }

  async #open(): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'boxoffice-ledger-'));
    this.#resources.defer(() => rm(folder, { recursive: true, force: true }));
    await this.#writeKeys(folder);
    const database = this.#resources.use(
      await testDatabase(
        { schema: 'queue', migrations: queueMigrations },
        { schema: 'inventory', migrations: inventoryMigrations },
        { schema: 'ledger', migrations },
      ),
    );
    this.#env = { ...this.#env, DATABASE_URL: database.url, HOST: '127.0.0.1' };
    const pool = (schema: string): Pool =>
      this.#resources.use(openPool({ url: database.url, schema, applicationName: `test ${schema}` }));
    this.#pools = { ledger: pool('ledger'), inventory: pool('inventory'), queue: pool('queue') };
    this.queueAddress = (await this.start(createQueue, { QUEUE_PORT: '0' })).address;
    this.inventoryAddress = (await this.startInventory()).address;
  }

  get pools(): { readonly ledger: Pool; readonly inventory: Pool; readonly queue: Pool } {
    if (this.#pools === undefined) throw new Error('not open');
    return this.#pools;
  }

  startInventory(port = '0'): Promise<App> {
    const env = { INVENTORY_PORT: port, QUEUE_ADDRESS: this.queueAddress, SERVICE_KEY: this.key('inventory') };
    return this.start(createInventory, env);
  }

  /** Starts a Ledger; ends with the office, or before. */
  startLedger(env: NodeJS.ProcessEnv = {}, grace?: Grace): Promise<App> {
    const own = {
      LEDGER_PORT: '0',
      QUEUE_ADDRESS: this.queueAddress,
      INVENTORY_ADDRESS: this.inventoryAddress,
      SERVICE_KEY: this.key('ledger'),
      ...env,
    };
    return this.start(createLedger, own, grace);
  }

  async start(program: Start, env: NodeJS.ProcessEnv, grace = new Grace()): Promise<App> {
    const log = createLogger('test', process.env['TEST_LOG_LEVEL'] === 'debug' ? 'debug' : 'silent');
    const app = await program({ env: { ...this.#env, ...env }, log, signal: new AbortController().signal, grace });
    return this.#resources.use(app);
  }

  key(caller: Caller): string {
    return this.#keys.get(caller) ?? '';
  }

  /** A client of a service, with somebody's key. */
  client<D extends DescService>(service: D, address: string, caller: Caller): Client<D> {
    const known = this.#transports.get(`${caller} ${address}`);
    const transport =
      known ?? this.#resources.use(grpcTransport({ address, key: this.key(caller), defaultTimeoutMs: 20_000 }));
    this.#transports.set(`${caller} ${address}`, transport);
    return createClient(service, transport);
  }

  /** Enters a date whose queue is open and admits everybody. */
  async schedule(options: { seatCount: number; price: bigint; holdSeconds?: number }): Promise<bigint> {
    const { seatCount, price, holdSeconds } = options;
    const admin = this.client(InventoryAdminService, this.inventoryAddress, 'operator');
    const { concert } = await admin.createConcert({ name: 'Concert' });
    const { schedule } = await admin.createSchedule({
      concertId: concert?.id ?? 0n,
      date: '2099-12-24',
      seatCount,
      price,
      ...(holdSeconds !== undefined && { holdDuration: { seconds: BigInt(holdSeconds) } }),
    });
    const scheduleId = schedule?.id ?? 0n;
    await this.client(QueueAdminService, this.queueAddress, 'operator').openQueue({ scheduleId, policy });
    return scheduleId;
  }

  /** Joins the queue and is admitted; gives the token. */
  async admitted(scheduleId: bigint, memberId: string, caller: Caller = 'bff'): Promise<string> {
    const queue = this.client(QueueService, this.queueAddress, caller);
    const { token } = await queue.join({ scheduleId, memberId });
    await until(
      async () => {
        // Skips a queue that another call is ticking.
        await tick(this.pools.queue);
        return (await queue.getTicket({ token })).ticket?.status;
      },
      (status) => status === TicketStatus.ADMITTED,
    );
    return token;
  }

  /** Holds a number of seats. */
  async hold(token: string, scheduleId: bigint, seats = 1, caller: Caller = 'bff'): Promise<Reservation> {
    const inventory = this.client(InventoryService, this.inventoryAddress, caller);
    const { reservation } = await inventory.holdSeats({ token, scheduleId, bestAvailable: seats });
    if (reservation === undefined) throw new Error('nothing held');
    return reservation;
  }

  ledger(app: App, caller: Caller = 'bff'): Client<typeof LedgerService> {
    return this.client(LedgerService, app.address, caller);
  }

  async #writeKeys(folder: string): Promise<void> {
    const entries: KeyEntry[] = [];
    for (const [name, kind] of Object.entries(callers) as [Caller, (typeof callers)[Caller]][]) {
      const scopes = kind === 'partner' ? ['queue', 'inventory', 'ledger'] : [];
      const { key, entry } = createKey({ kind, name, scopes });
      this.#keys.set(name, key);
      entries.push(entry);
    }
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const files = {
      KEYRING_FILE: join(folder, 'keyring.json'),
      TICKET_SIGNING_KEY_FILE: join(folder, 'signing.pem'),
      TICKET_PUBLIC_KEY_FILE: join(folder, 'public.pem'),
    };
    await saveKeyring(files.KEYRING_FILE, entries);
    await writeFile(files.TICKET_SIGNING_KEY_FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(files.TICKET_PUBLIC_KEY_FILE, publicKey.export({ type: 'spki', format: 'pem' }));
    this.#env = { ...this.#env, ...files };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
