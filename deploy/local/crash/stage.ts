import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { InventoryAdminService, InventoryService } from '@boxoffice/proto/inventory';
import { LedgerService } from '@boxoffice/proto/ledger';
import { QueueAdminService, QueueService } from '@boxoffice/proto/queue';
import { planFault, standingAt, type Plan } from '@boxoffice/runtime/fault-points';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createClient, type Client } from '@connectrpc/connect';

import { summary } from '../output.ts';
import { anyPorts } from '../ports.ts';
import { grpcProbe } from '../probe.ts';
import { startSystem, type System } from '../system.ts';
import { openDatabases, type Databases } from '../verify/databases.ts';
import { Member } from './member.ts';
import type { Mortal, Point } from './points.ts';

/** What a seat costs, and what a member has. */
export const price = 1_000n;

/** The services, as a partner calls them. */
export interface Clients {
  readonly queue: Client<typeof QueueService>;
  readonly inventory: Client<typeof InventoryService>;
  readonly ledger: Client<typeof LedgerService>;
}

/** Two callers that stand in a group of a queue's changes are of two dates, and so are those of the next row. */
const dates = 4;
/** For one member each. */
const seatCount = 500;
const deathLimitMs = 15_000;
const probeTimeoutMs = 1_000;
const pollMs = 10;
const saidMax = 40;

/** What was left standing is taken over soon; the leases still outlast a drive. */
const shortLeases = { RESUME_INTERVAL_MS: '200', PAYMENT_LEASE_MS: '800', PAYMENT_DRIVE_TIMEOUT_MS: '700' };

/** Nothing else of the developer's environment reaches the programs. */
const variables = {
  ...anyPorts,
  LOG_LEVEL: 'warn',
  TICK_INTERVAL_MS: '50',
  QUEUE_TIMEOUT_MS: '1500',
};

/** Where a stage is. */
export interface StageOptions {
  /** Without one, the stage has a PostgreSQL of its own, which is started again when it dies. */
  readonly databaseUrl?: string;
  /** A folder for compiled code to share; without one, its own. */
  readonly compiled?: string;
  /** What was left standing is taken over within a second instead of what production takes. */
  readonly shortLeases?: boolean;
}

/** A system of its own, real processes, on which one protocol after the other is killed. Disposing ends it. */
export class Stage implements AsyncDisposable {
  readonly clients: Clients;
  readonly databases: Databases;
  readonly #resources: AsyncDisposableStack;
  readonly #faultFile: string;
  readonly #said: string[];
  readonly #addresses: System['addresses'];
  readonly #supervisor: System['supervisor'];
  readonly #scheduleIds: readonly bigint[];
  #membersMade = 0;

  private constructor(parts: {
    readonly clients: Clients;
    readonly databases: Databases;
    readonly resources: AsyncDisposableStack;
    readonly faultFile: string;
    readonly said: string[];
    readonly system: System;
    readonly scheduleIds: readonly bigint[];
  }) {
    this.clients = parts.clients;
    this.databases = parts.databases;
    this.#resources = parts.resources;
    this.#faultFile = parts.faultFile;
    this.#said = parts.said;
    this.#addresses = parts.system.addresses;
    this.#supervisor = parts.system.supervisor;
    this.#scheduleIds = parts.scheduleIds;
  }

  /** Starts Queue, Inventory, Ledger and worker on a database, and enters some dates. Stages share their compiled code. */
  static async open(options: StageOptions): Promise<Stage> {
    const { databaseUrl, compiled } = options;
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
          ...(options.shortLeases && shortLeases),
          BOXOFFICE_HOME: home,
          FAULT_FILE: faultFile,
          ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
          ...(compiled !== undefined && { NODE_COMPILE_CACHE: compiled }),
        },
        output: { line: (program, text) => say(`${program}: ${summary(text)}`), note: say },
        replicas: { bff: 0 },
        catalogue: false,
        backoffMs: { first: 20, max: 20, forgottenAfter: 0 },
      }),
    );
    const clients = openClients(system, opened);
    const databases = opened.use(openDatabases(system.databases));
    const scheduleIds = await Promise.all(Array.from({ length: dates }, () => enterDate(system)));
    return new Stage({ clients, databases, resources: opened.move(), faultFile, said, system, scheduleIds });
  }

  /** The processes that run the programs now. */
  get pids(): readonly (number | undefined)[] {
    return this.#supervisor.names.map((name) => this.#supervisor.pidOf(name));
  }

  /** The folder of its data. */
  get home(): string {
    return dirname(this.#faultFile);
  }

  /** New members, each of another date than the one before: those of different dates share no lock. */
  members(count: number): Member[] {
    return Array.from({ length: count }, () => {
      const number = this.#membersMade++;
      const scheduleId = this.#scheduleIds[number % this.#scheduleIds.length] ?? 0n;
      return new Member(this.clients, scheduleId, Math.floor(number / this.#scheduleIds.length));
    });
  }

  /** Keeps the worker from taking anything over until disposed, as if all workers were slow. */
  pauseWorker(): Disposable {
    const pid = this.#supervisor.pidOf('worker');
    if (pid === undefined) throw new Error('the worker does not run');
    process.kill(pid, 'SIGSTOP');
    return { [Symbol.dispose]: () => void process.kill(pid, 'SIGCONT') };
  }

  /** Plans a death; who dies is started again. */
  plan(plan: Plan<Point>): void {
    this.#said.splice(0);
    planFault(this.#faultFile, plan);
  }

  /** Waits until so many callers stand at a point. @throws Error when they do not come. */
  async awaitStanding(point: Point, callers: number): Promise<void> {
    const standing = (): number => standingAt(this.#faultFile).filter((name) => name === point).length;
    await this.#until(() => standing() >= callers, `${callers} callers stand at ${point}`);
  }

  /** Waits for the death of a program by its plan: it has taken the plan away, and was ended by SIGKILL. @throws Error. */
  async awaitDeath(program: Mortal): Promise<void> {
    const words = `${program} was ended by SIGKILL`;
    const isDead = (): boolean => this.#said.some((line) => line.startsWith(words)) && !existsSync(this.#faultFile);
    await this.#until(isDead, words);
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

  /** @throws Error when it does not come about in time; then no plan is left. */
  async #until(condition: () => boolean, what: string): Promise<void> {
    const end = performance.now() + deathLimitMs;
    while (!condition()) {
      if (performance.now() > end) {
        const standing = standingAt(this.#faultFile).join(', ');
        await rm(this.#faultFile, { force: true });
        throw new Error(`not within ${deathLimitMs} ms: ${what}; standing: ${standing}\n${this.#said.join('\n')}`);
      }
      await delay(pollMs);
    }
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
