import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { DescService, MessageInitShape } from '@bufbuild/protobuf';
import { createClient, type Client, type HandlerContext, type ServiceImpl, type Transport } from '@connectrpc/connect';
import {
  InventoryAdminService,
  InventoryService,
  type CreateScheduleRequestSchema,
  type Reservation,
  type Seat,
} from '@boxoffice/proto/inventory';
import { QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import { tick } from '@boxoffice/queue/admission';
import { createApp as createQueue } from '@boxoffice/queue/app';
import { migrations as queueMigrations } from '@boxoffice/queue/migrations/index';
import { violations } from '@boxoffice/runtime/database/invariant';
import { reasonOf } from '@boxoffice/runtime/error';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { mount, startRpcServer } from '@boxoffice/runtime/grpc/server';
import { grpcTransport, onBehalfOf } from '@boxoffice/runtime/grpc/transport';
import { identityOf } from '@boxoffice/runtime/identity';
import { createKey, loadKeyring, saveKeyring, type KeyEntry } from '@boxoffice/runtime/keyring';
import { createLogger } from '@boxoffice/runtime/log';
import type { App, Start } from '@boxoffice/runtime/program';
import { testDatabase } from '@boxoffice/runtime/testing/database';

import { createApp } from '../app.ts';
import { invariants } from '../invariants.ts';
import { migrations } from '../migrations/index.ts';

const kinds = {
  bff: 'service',
  worker: 'service',
  inventory: 'service',
  ledger: 'service',
  operator: 'operator',
  acme: 'partner',
  globex: 'partner',
} as const;

/** Who has a key. */
export type Caller = keyof typeof kinds;

type ScheduleOptions = Omit<MessageInitShape<typeof CreateScheduleRequestSchema>, '$typeName'>;

const policy = { maxActive: 100_000, activeTtl: { seconds: 3_600n } };
/** Nobody gives up because the tests' machine is busy. */
const patient = { QUEUE_TIMEOUT_MS: '20000', DATABASE_WAIT_TIMEOUT_MS: '20000' };
/** What is counted is counted now. */
const exact = { REMAINING_REMEMBER_MS: '0' };
const patienceMs = 15_000;

/** A Queue and two instances of the Inventory in this process, on a database of their own. */
export class Office implements AsyncDisposable {
  readonly #resources = new AsyncDisposableStack();
  readonly #keys = new Map<Caller, string>();
  readonly #transports = new Map<string, Transport>();
  readonly #addresses: string[] = [];
  #env: NodeJS.ProcessEnv = {};
  #pools: { readonly inventory: Pool; readonly queue: Pool } | undefined;
  #queueAddress = '';

  static async open(): Promise<Office> {
    const office = new Office();
    await office.#open();
    return office;
  }

  async #open(): Promise<void> {
    this.#env = await this.#writeKeys();
    const schemas = [
      { schema: 'queue', migrations: queueMigrations },
      { schema: 'inventory', migrations },
    ];
    const { url } = this.#resources.use(await testDatabase(...schemas));
    const pool = (schema: string): Pool => this.#resources.use(openPool({ url, schema, applicationName: 'test' }));
    this.#pools = { inventory: pool('inventory'), queue: pool('queue') };
    this.#env = { ...this.#env, DATABASE_URL: url, HOST: '127.0.0.1', ...patient, ...exact };
    this.#queueAddress = (await this.#start(createQueue, { QUEUE_PORT: '0' })).address;
    await this.startInventory();
    await this.startInventory();
  }

  /** Starts one more Inventory, and gives its number. */
  async startInventory(env: NodeJS.ProcessEnv = {}): Promise<number> {
    const own = { INVENTORY_PORT: '0', QUEUE_ADDRESS: this.#queueAddress, SERVICE_KEY: this.key('inventory') };
    const { address } = await this.#start(createApp, { ...own, ...env });
    return this.#addresses.push(address) - 1;
  }

  get env(): NodeJS.ProcessEnv {
    return this.#env;
  }

  /** Connections to the Inventory's schema. */
  get pool(): Pool {
    return this.#started.inventory;
  }

  get #started(): { readonly inventory: Pool; readonly queue: Pool } {
    if (!this.#pools) throw new Error('The office is not open');
    return this.#pools;
  }

  use<T extends AsyncDisposable>(resource: T): T {
    return this.#resources.use(resource);
  }

  key(caller: Caller): string {
    return this.#keys.get(caller) ?? '';
  }

  inventory(caller: Caller = 'bff', instance = 0): Client<typeof InventoryService> {
    return this.#client(InventoryService, this.#addresses[instance] ?? '', caller);
  }

  admin(caller: Caller = 'operator'): Client<typeof InventoryAdminService> {
    return this.#client(InventoryAdminService, this.#addresses[0] ?? '', caller);
  }

  /** Another instance, as the operator calls it. */
  adminAt(instance: number): Client<typeof InventoryAdminService> {
    return this.#client(InventoryAdminService, this.#addresses[instance] ?? '', 'operator');
  }

  queue(caller: Caller = 'bff'): Client<typeof QueueService> {
    return this.#client(QueueService, this.#queueAddress, caller);
  }

  /** Starts an Inventory whose calls to the Queue pass through here: `before` may delay them, or throw instead. */
  async startInventoryBehind(before: (rpc: string) => Promise<void>): Promise<number> {
    const queue = this.queue('inventory') as unknown as Record<string, (request: unknown, options: object) => unknown>;
    const forward = (rpc: string) => async (request: unknown, context: HandlerContext) => {
      await before(rpc);
      return queue[rpc]?.(request, { headers: onBehalfOf(identityOf(context).partner) });
    };
    const rpcs = QueueService.methods.map(({ localName }) => [localName, forward(localName)] as const);
    const implementation = Object.fromEntries(rpcs) as unknown as ServiceImpl<typeof QueueService>;
    const log = createLogger('test', 'silent');
    const keyring = this.use(loadKeyring(given(this.#env['KEYRING_FILE']), { log }));
    const services = [mount(QueueService, implementation)];
    const { address } = this.use(await startRpcServer({ host: '127.0.0.1', port: 0, services, keyring, log }));
    return this.startInventory({ QUEUE_ADDRESS: address });
  }

  /** Enters a concert. */
  async concert(name = 'Concert'): Promise<bigint> {
    const { concert } = await this.admin().createConcert({ name });
    return given(concert).id;
  }

  /** Enters a date that can be booked, of 50 seats at 1,000 each, and opens its queue. */
  async schedule(options: Partial<ScheduleOptions> = {}): Promise<bigint> {
    const concertId = options.concertId ?? (await this.concert());
    const price = options.layout ? {} : { price: 1_000n };
    const request = { date: '2099-12-24', ...price, ...options, concertId };
    const { schedule } = await this.admin().createSchedule(request);
    const scheduleId = given(schedule).id;
    await this.#client(QueueAdminService, this.#queueAddress, 'operator').openQueue({ scheduleId, policy });
    return scheduleId;
  }

  /** Puts a member into the queue of a date without admitting. */
  async join(scheduleId: bigint, memberId: string, caller: Caller = 'bff'): Promise<string> {
    return (await this.queue(caller).join({ scheduleId, memberId })).token;
  }

  /** Puts a member into the queue of a date, and admits. */
  async admit(scheduleId: bigint, memberId = 'member', caller: Caller = 'bff'): Promise<string> {
    const [token] = await this.admitAll(scheduleId, [memberId], caller);
    return given(token);
  }

  async admitAll(scheduleId: bigint, memberIds: readonly string[], caller: Caller = 'bff'): Promise<string[]> {
    const tokens = await Promise.all(memberIds.map((memberId) => this.join(scheduleId, memberId, caller)));
    await tick(this.#started.queue);
    return tokens;
  }

  /** The seats of a date, from the table, with their state as it is written there. */
  async seats(scheduleId: bigint): Promise<{ id: bigint; state: string; reservation_id: bigint | null }[]> {
    const { rows } = await this.pool.query<{ id: bigint; state: string; reservation_id: bigint | null }>(
      'select id, state, reservation_id from seats where schedule_id = $1 order by id',
      [scheduleId],
    );
    return rows;
  }

  /** The ids of some seats of a date, from the best on. */
  async seatIds(scheduleId: bigint, count = 50): Promise<bigint[]> {
    return (await this.seats(scheduleId)).slice(0, count).map(({ id }) => id);
  }

  /** Holds seats for a member who is admitted. */
  async hold(scheduleId: bigint, seatIds: bigint[], memberId = 'member'): Promise<Reservation> {
    const token = await this.admit(scheduleId, memberId);
    const { reservation } = await this.inventory().holdSeats({ token, scheduleId, seatIds });
    return given(reservation);
  }

  /** Waits until the database's clock has passed the end of a hold. */
  async expired(reservationId: bigint): Promise<void> {
    await this.until(async () => {
      const { rows } = await this.pool.query<{ over: boolean }>(
        'select expires_at <= clock_timestamp() as over from reservations where id = $1',
        [reservationId],
      );
      return rows[0]?.over === true;
    });
  }

  /** Waits for a condition. @throws Error when it does not come true in time. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + patienceMs;
    while (!(await condition())) {
      if (performance.now() > end) throw new Error(`not so after ${patienceMs} ms: ${condition.toString()}`);
      await delay(5);
    }
  }

  /** Waits until the database's clock has passed the end of all holds of a date. */
  async allExpired(scheduleId: bigint): Promise<void> {
    await this.until(async () => {
      const { rows } = await this.pool.query<{ over: boolean }>(
        'select max(expires_at) <= clock_timestamp() as over from reservations where schedule_id = $1',
        [scheduleId],
      );
      return rows[0]?.over === true;
    });
  }

  /** Sweeps like the worker, until there is nothing left to sweep. */
  async sweep(): Promise<number> {
    let total = 0;
    for (;;) {
      const { swept } = await this.inventory('worker').sweepExpiredHolds({});
      total += swept;
      if (swept === 0) return total;
    }
  }

  /** What does not hold after a sweep, of all that must. */
  async violated(): Promise<string[]> {
    await this.sweep();
    return (await violations(this.pool, invariants)).map(({ invariant }) => invariant.title);
  }

  async #start(program: Start, env: NodeJS.ProcessEnv): Promise<App> {
    const log = createLogger('test', process.env['TEST_LOG'] === undefined ? 'silent' : 'info');
    const app = await program({ env: { ...this.#env, ...env }, log, signal: new AbortController().signal });
    return this.#resources.use(app);
  }

  #client<D extends DescService>(service: D, address: string, caller: Caller): Client<D> {
    const name = `${caller} at ${address}`;
    const options = { address, key: this.key(caller), defaultTimeoutMs: 20_000 };
    const transport = this.#transports.get(name) ?? this.#resources.use(grpcTransport(options));
    this.#transports.set(name, transport);
    return createClient(service, transport);
  }

  async #writeKeys(): Promise<NodeJS.ProcessEnv> {
    const folder = await mkdtemp(join(tmpdir(), 'boxoffice-inventory-'));
    this.#resources.defer(() => rm(folder, { recursive: true, force: true }));
    const entries: KeyEntry[] = [];
    for (const name of Object.keys(kinds) as Caller[]) {
      const scopes = kinds[name] === 'partner' ? ['queue', 'inventory'] : [];
      const { key, entry } = createKey({ kind: kinds[name], name, scopes });
      this.#keys.set(name, key);
      entries.push(entry);
    }
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const env = {
      KEYRING_FILE: join(folder, 'keyring.json'),
      TICKET_SIGNING_KEY_FILE: join(folder, 'signing.pem'),
      TICKET_PUBLIC_KEY_FILE: join(folder, 'public.pem'),
    };
    await saveKeyring(env.KEYRING_FILE, entries);
    await writeFile(env.TICKET_SIGNING_KEY_FILE, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(env.TICKET_PUBLIC_KEY_FILE, publicKey.export({ type: 'spki', format: 'pem' }));
    return env;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

/** What must be there. @throws Error when it is not. */
export function given<T>(value: T | undefined | null): T {
  if (value === undefined || value === null) throw new Error('nothing was given');
  return value;
}

/** Seats in short: `A1`. */
export function names(seats: readonly Seat[]): string[] {
  return seats.map(({ row, number }) => `${row}${number}`);
}

/** The reason a call is refused for; `none` when it is not. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return reasonOf(error) ?? String(error);
  }
}
