import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient, type Client } from '@connectrpc/connect';
import type { DescService } from '@bufbuild/protobuf';
import { createApp as createInventory } from '@boxoffice/inventory/app';
import { createApp as createLedger } from '@boxoffice/ledger/app';
import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import { tick } from '@boxoffice/queue/admission';
import { createApp as createQueue } from '@boxoffice/queue/app';
import { orderEvents } from '@boxoffice/runtime/events/order-events';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createLogger } from '@boxoffice/runtime/log';
import type { Start } from '@boxoffice/runtime/program';

import { prepareKeys, prepareTicketKeys } from '../keys.ts';
import { openDatabases, type Databases } from '../verify/databases.ts';

/** Thrown where a Ledger is to die: what it has committed stays, and nothing of it goes on. */
class Death extends Error {}

/**
 * Queue, Inventory and Ledger in this process, over real connections and a real database. No worker runs: whoever plays does a
 * worker's work when it is due, so that nothing happens that is not a step.
 */
export class World implements AsyncDisposable {
  readonly #resources = new AsyncDisposableStack();
  readonly #clients = new Map<string, unknown>();
  #env: NodeJS.ProcessEnv = {};
  #keys: Readonly<Record<string, string>> = {};
  #addresses = { queue: '', inventory: '', ledger: '' };
  #databases: Databases | undefined;
  #fault: string | undefined;
  /** How many steps were taken in it. */
  steps = 0;

  /** @throws Error when the database cannot be reached. */
  static async open(databaseUrl: string): Promise<World> {
    const world = new World();
    try {
      await world.#open(databaseUrl);
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #open(databaseUrl: string): Promise<void> {
    const home = await mkdtemp(join(tmpdir(), 'boxoffice-model-'));
    this.#resources.defer(() => rm(home, { recursive: true, force: true }));
    const keyringFile = join(home, 'keyring.json');
    const { operator, services } = await prepareKeys(home, keyringFile);
    const { signingKeyFile, publicKeyFile } = await prepareTicketKeys(home);
    this.#keys = { ...services, operator };
    this.#env = {
      DATABASE_URL: databaseUrl,
      HOST: '127.0.0.1',
      KEYRING_FILE: keyringFile,
      TICKET_SIGNING_KEY_FILE: signingKeyFile,
      TICKET_PUBLIC_KEY_FILE: publicKeyFile,
    };
    this.#addresses.queue = await this.#start(createQueue, { QUEUE_PORT: '0' });
    const { queue: QUEUE_ADDRESS } = this.#addresses;
    this.#addresses.inventory = await this.#start(createInventory, {
      INVENTORY_PORT: '0',
      QUEUE_ADDRESS,
      SERVICE_KEY: services.inventory,
    });
    const { inventory: INVENTORY_ADDRESS } = this.#addresses;
    this.#addresses.ledger = await this.#start(createLedger, {
      LEDGER_PORT: '0',
      QUEUE_ADDRESS,
      INVENTORY_ADDRESS,
      SERVICE_KEY: services.ledger,
    });
    const url = databaseUrl;
    this.#databases = this.#resources.use(openDatabases({ queue: url, inventory: url, ledger: url }));
  }

  async #start(program: Start, env: NodeJS.ProcessEnv): Promise<string> {
    const faults = {
      reach: async (point: string): Promise<void> => {
        if (point !== this.#fault) return;
        this.#fault = undefined;
        throw new Death(point);
      },
    };
    const log = createLogger('model', 'silent');
    const app = await program({ env: { ...this.#env, ...env }, log, signal: new AbortController().signal, faults });
    return this.#resources.use(app).address;
  }

  /** The schemas, to be looked at. */
  get databases(): Databases {
    if (this.#databases === undefined) throw new Error('the world is not open');
    return this.#databases;
  }

  readonly queue = () => this.#client(QueueService, this.#addresses.queue, 'bff');
  readonly queueAdmin = () => this.#client(QueueAdminService, this.#addresses.queue, 'operator');
  readonly inventory = (as = 'bff') => this.#client(InventoryService, this.#addresses.inventory, as);
  readonly inventoryAdmin = () => this.#client(InventoryAdminService, this.#addresses.inventory, 'operator');
  readonly ledger = (as = 'bff') => this.#client(LedgerService, this.#addresses.ledger, as);

  #client<D extends DescService>(service: D, address: string, as: string): Client<D> {
    const name = `${service.typeName} ${as}`;
    const known = this.#clients.get(name) as Client<D> | undefined;
    if (known !== undefined) return known;
    const transport = grpcTransport({ address, key: this.#keys[as] ?? '', defaultTimeoutMs: 20_000 });
    const client = createClient(service, this.#resources.use(transport));
    this.#clients.set(name, client);
    return client;
  }

  /**
   * Makes a call during which whoever reaches a fault point dies there.
   *
   * @returns whether somebody did, and what the call came to.
   */
  async dyingAt<T>(point: string | undefined, call: () => Promise<T>): Promise<{ died: boolean; result: T }> {
    this.#fault = point;
    try {
      const result = await call();
      return { died: point !== undefined && !this.#isPlanned(), result };
    } finally {
      this.#fault = undefined;
    }
  }

  #isPlanned(): boolean {
    return this.#fault !== undefined;
  }

  /** A worker's tick. */
  async tick(): Promise<void> {
    await tick(this.databases.queue);
  }

  /** What workers do with what was left standing, as if all leases were over. */
  async resume(): Promise<void> {
    const { ledger } = this.databases;
    await ledger.query(`update payments set lease_until = now() where lease_until is not null`);
    await this.ledger('worker').resumePayments({ limit: 100 });
    await ledger.query(`update ticket_messages set next_attempt_at = now() where delivered_at is null`);
    await this.ledger('worker').relayOutbox({ limit: 500 });
    await this.inventory('worker').relayOutbox({ limit: 500 });
    await orderEvents.one(this.databases.queue, [500]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** An id for a request that may be made again. */
export const newRequestId = (): string => randomUUID();
