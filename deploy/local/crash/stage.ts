import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import { planFault, type Plan } from '@boxoffice/runtime/fault-points';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createClient, type Client } from '@connectrpc/connect';

import { grpcProbe } from '../probe.ts';
import { startSystem, type System } from '../system.ts';
import { openDatabases, type Databases } from '../verify/databases.ts';
import { Member } from './member.ts';
import { programOf, type Mortal, type Point } from './points.ts';

/** What a seat costs, and what a member has. */
export const price = 1_000n;

/** The services, as a partner calls them. */
export interface Clients {
  readonly queue: Client<typeof QueueService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly ledger: Client<typeof LedgerService>;
}

/** More than there are rows, each of which takes one at most. */
const seatCount = 200;
const deathLimitMs = 15_000;
const probeTimeoutMs = 1_000;
const pollMs = 10;
const saidMax = 40;

/**
 * Short, so that what was left standing is taken over soon; the leases still outlast a drive. Nothing else of the developer's
 * environment reaches the programs.
 */
const variables = {
  PORT: '0',
  QUEUE_PORT: '0',
  INVENTORY_PORT: '0',
  LEDGER_PORT: '0',
  WORKER_PORT: '0',
  LOG_LEVEL: 'warn',
  TICK_INTERVAL_MS: '50',
  RESUME_INTERVAL_MS: '200',
  PAYMENT_LEASE_MS: '800',
  PAYMENT_DRIVE_TIMEOUT_MS: '700',
  QUEUE_TIMEOUT_MS: '1500',
};

/** Where a stage is. */
export interface StageOptions {
  readonly databaseUrl: string;
  /** The folder for compiled code. */
  readonly compiled: string;
}

/** A system of its own, real processes, on which one protocol after the other is killed. Disposing ends it. */
export class Stage implements AsyncDisposable {
  readonly clients: Clients;
  readonly databases: Databases;
  readonly #resources: AsyncDisposableStack;
  readonly #faultFile: string;
  readonly #said: string[];
  readonly #addresses: System['addresses'];
  readonly #scheduleIds: readonly bigint[];

  private constructor(parts: {
    readonly clients: Clients;
    readonly databases: Databases;
    readonly resources: AsyncDisposableStack;
    readonly faultFile: string;
    readonly said: string[];
    readonly addresses: System['addresses'];
    readonly scheduleIds: readonly bigint[];
  }) {
    this.clients = parts.clients;
    this.databases = parts.databases;
    this.#resources = parts.resources;
    this.#faultFile = parts.faultFile;
    this.#said = parts.said;
    this.#addresses = parts.addresses;
    this.#scheduleIds = parts.scheduleIds;
  }

  /** Starts Queue, Inventory, Ledger and worker on a database, and enters two dates. Stages share their compiled code. */
  static async open({ databaseUrl, compiled }: StageOptions): Promise<Stage> {
    await using opened = new AsyncDisposableStack();
    const home = await mkdtemp(join(tmpdir(), 'boxoffice-crash-'));
    opened.defer(() => rm(home, { recursive: true, force: true }));
    const faultFile = join(home, 'fault');
    const said: string[] = [];
    const say = (text: string): void => {
      said.push(text);
      if (said.length > saidMax) said.shift();
    };
    const system = opened.use(
      await startSystem({
        environment: {
          PATH: process.env['PATH'],
          ...variables,
          BOXOFFICE_HOME: home,
          DATABASE_URL: databaseUrl,
          FAULT_FILE: faultFile,
          NODE_COMPILE_CACHE: compiled,
        },
        output: { line: (program, text) => say(`${program} ${text}`), note: say },
        replicas: { bff: 0 },
        catalogue: false,
        backoffMs: { first: 20, max: 20, forgottenAfter: 0 },
      }),
    );
    const clients = openClients(system, opened);
    const databases = opened.use(openDatabases(system.databases));
    const scheduleIds = [await enterDate(system), await enterDate(system)];
    const { addresses } = system;
    return new Stage({ clients, databases, resources: opened.move(), faultFile, said, addresses, scheduleIds });
  }

  /** A new member of each date. Of two dates, so that they share no lock: one of them can stand while the other comes. */
  members(): Member[] {
    return this.#scheduleIds.map((scheduleId) => new Member(this.clients, scheduleId));
  }

  /**
   * Plans a death, has it brought about, and waits until it has happened: the program has taken the plan away, and was ended by
   * SIGKILL. It is started again meanwhile.
   *
   * @throws Error when nobody dies in time.
   */
  async kill(plan: Plan<Point>, bring: () => void = () => undefined): Promise<void> {
    const words = `${programOf(plan.point)} was ended by SIGKILL`;
    const deaths = (): number => this.#said.filter((line) => line.startsWith(words)).length;
    this.#said.splice(0);
    planFault(this.#faultFile, plan);
    bring();
    const end = performance.now() + deathLimitMs;
    while (deaths() === 0 || (await this.#isPlanned())) {
      if (performance.now() > end) {
        await rm(this.#faultFile, { force: true });
        throw new Error(`nobody died at ${plan.point} within ${deathLimitMs} ms:\n${this.#said.join('\n')}`);
      }
      await delay(pollMs);
    }
  }

  /** Waits until a program is well. */
  async awaitWell(program: Mortal): Promise<void> {
    const probe = grpcProbe(this.#addresses[program]);
    const end = performance.now() + deathLimitMs;
    while (!(await probe(probeTimeoutMs))) {
      if (performance.now() > end) throw new Error(`${program} is not well after ${deathLimitMs} ms`);
      await delay(pollMs);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }

  #isPlanned(): Promise<boolean> {
    return access(this.#faultFile).then(
      () => true,
      () => false,
    );
  }
}

function openClients({ addresses, keys }: System, opened: AsyncDisposableStack): Clients {
  const open = (address: string) => opened.use(grpcTransport({ address, key: keys.partner }));
  return {
    queue: createClient(QueueService, open(addresses.queue)),
    inventory: createClient(InventoryService, open(addresses.inventory)),
    ledger: createClient(LedgerService, open(addresses.ledger)),
  };
}

/** A date whose queue lets everybody in at once. */
async function enterDate({ addresses, keys }: System): Promise<bigint> {
  await using stack = new AsyncDisposableStack();
  const open = (address: string) => stack.use(grpcTransport({ address, key: keys.operator }));
  const admin = createClient(InventoryAdminService, open(addresses.inventory));
  const { concert } = await admin.createConcert({ name: 'Last Night' });
  const concertId = concert?.id ?? 0n;
  const { schedule } = await admin.createSchedule({ concertId, date: '2099-12-31', seatCount, price });
  const scheduleId = schedule?.id ?? 0n;
  const policy = { maxActive: 10_000, activeTtl: { seconds: 3_600n } };
  await createClient(QueueAdminService, open(addresses.queue)).openQueue({ scheduleId, policy });
  return scheduleId;
}
