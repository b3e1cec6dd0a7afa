import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DescService } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { createClient, type Client, type Transport } from '@connectrpc/connect';
import { expect } from '@boxoffice/runtime/testing/tests';
import { QueueAdminService, QueueService, type JoinResponse, type Ticket } from '@boxoffice/proto/queue';
import { violations } from '@boxoffice/runtime/database/invariant';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createKey, saveKeyring } from '@boxoffice/runtime/keyring';
import { createLogger } from '@boxoffice/runtime/log';
import type { App, Start } from '@boxoffice/runtime/program';
import type { Telemetry } from '@boxoffice/runtime/telemetry/telemetry';
import { testDatabase } from '@boxoffice/runtime/testing/database';

import { createApp } from '../app.ts';
import { invariants } from '../invariants.ts';
import { migrations, schema } from '../migrations/index.ts';

const callers = {
  bff: 'service',
  worker: 'service',
  inventory: 'service',
  ledger: 'service',
  operator: 'operator',
  house: 'partner',
  acme: 'partner',
} as const;

/** Who has a key. */
export type Caller = keyof typeof callers;

interface Span {
  readonly seconds?: bigint;
  readonly nanos?: number;
}

/** The parts of a policy that a test chooses. */
export interface PolicyParts {
  readonly maxActive?: number;
  readonly admitCount?: number;
  readonly admitInterval?: Span;
  readonly activeTtl?: Span;
  readonly presenceTtl?: Span;
  readonly maxWaiting?: number;
  readonly maxPerAddress?: number;
}

/** Everybody is admitted, and stays so for the time of a test; presence does not matter. */
const openPolicy: PolicyParts = { activeTtl: { seconds: 3_600n } };

let lastSchedule = 0n;

/** One or several Queues in this process, on a database of their own. */
export class WaitingRoom implements AsyncDisposable {
  readonly #resources = new AsyncDisposableStack();
  readonly #keys = new Map<Caller, string>();
  readonly #transports = new Map<string, Transport>();
  #env: NodeJS.ProcessEnv = {};
  #pool: Pool | undefined;
  /** Where each of the Queues listens. */
  readonly addresses: string[] = [];

  /** Starts so many Queues. */
  static async open(queues = 1): Promise<WaitingRoom> {
    const room = new WaitingRoom();
    try {
      await room.#open(queues);
      return room;
    } catch (error) {
      await room[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #open(queues: number): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'boxoffice-queue-'));
    this.#resources.defer(() => rm(folder, { recursive: true, force: true }));
    await this.#writeKeys(folder);
    const database = this.#resources.use(await testDatabase({ schema, migrations }));
    this.#env = { ...this.#env, DATABASE_URL: database.url, HOST: '127.0.0.1', QUEUE_PORT: '0' };
    this.#pool = this.#resources.use(openPool({ url: database.url, schema, applicationName: 'queue test', max: 10 }));
    for (let started = 0; started < queues; started++) {
      this.addresses.push((await this.start(createApp)).address);
    }
  }

  /** A pool on the Queue's tables. */
  get pool(): Pool {
    if (this.#pool === undefined) throw new Error('not open');
    return this.#pool;
  }

  /** Starts a program of the Queue's; it ends with the room, or before. */
  async start(program: Start, env: NodeJS.ProcessEnv = {}, telemetry?: Telemetry): Promise<App> {
    const log = createLogger('test', process.env['TEST_LOG_LEVEL'] === 'debug' ? 'debug' : 'silent');
    const { signal } = new AbortController();
    const app = await program({ env: { ...this.#env, ...env }, log, signal, ...(telemetry && { telemetry }) });
    return this.#resources.use(app);
  }

  key(caller: Caller): string {
    return this.#keys.get(caller) ?? '';
  }

  /** The variables that programs of the Queue's are started with. */
  get env(): NodeJS.ProcessEnv {
    return this.#env;
  }

  /** A client of a service, with somebody's key. */
  client<D extends DescService>(service: D, address: string, caller: Caller): Client<D> {
    const name = `${caller} ${address}`;
    const key = this.key(caller);
    const transport =
      this.#transports.get(name) ?? this.#resources.use(grpcTransport({ address, key, defaultTimeoutMs: 20_000 }));
    this.#transports.set(name, transport);
    return createClient(service, transport);
  }

  /** A Queue, as somebody calls it. */
  queue(caller: Caller = 'bff', instance = 0): Client<typeof QueueService> {
    return this.client(QueueService, this.addresses[instance] ?? '', caller);
  }

  admin(caller: Caller = 'operator'): Client<typeof QueueAdminService> {
    return this.client(QueueAdminService, this.addresses[0] ?? '', caller);
  }

  /** Opens a queue; gives its schedule, which no other test has. */
  async schedule(policy: PolicyParts = {}, opensAt?: Date): Promise<bigint> {
    lastSchedule += 1n;
    const scheduleId = lastSchedule;
    await this.admin().openQueue({
      scheduleId,
      policy: { ...openPolicy, ...policy },
      ...(opensAt && { opensAt: timestampFromDate(opensAt) }),
    });
    return scheduleId;
  }

  /** Lets so many members join, one after the other; gives their answers in the order of their numbers. */
  async join(scheduleId: bigint, count: number, caller: Caller = 'bff'): Promise<JoinResponse[]> {
    const joined: JoinResponse[] = [];
    for (let member = 0; member < count; member++) {
      joined.push(await this.queue(caller).join({ scheduleId, memberId: randomUUID() }));
    }
    return joined;
  }

  /** A ticket as it stands now. */
  async ticket(token: string, caller: Caller = 'bff'): Promise<Ticket> {
    const { ticket } = await this.queue(caller).getTicket({ token });
    if (ticket === undefined) throw new Error('the answer has no ticket');
    return ticket;
  }

  /** The change log of a queue, in short: `ADMITTED 3`, `LEFT 5,6`. */
  async changes(scheduleId: bigint): Promise<string[]> {
    const { rows } = await this.pool.query<{ change: string }>(
      `select concat_ws(' ', kind, through, array_to_string(numbers, ','), state) as change
       from changes where schedule_id = $1 order by revision`,
      [scheduleId],
    );
    return rows.map(({ change }) => change);
  }

  /** Fails unless all invariants hold. */
  async assertInvariants(): Promise<void> {
    expect(await violations(this.pool, invariants)).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #writeKeys(folder: string): Promise<void> {
    const names = Object.keys(callers) as Caller[];
    const created = names.map((name) => {
      const kind = callers[name];
      return { name, ...createKey({ kind, name, scopes: kind === 'partner' ? ['queue'] : [] }) };
    });
    for (const { name, key } of created) this.#keys.set(name, key);
    const keyringFile = join(folder, 'keys.json');
    await saveKeyring(
      keyringFile,
      created.map(({ entry }) => entry),
    );
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const [signingFile, publicFile] = [join(folder, 'signing.pem'), join(folder, 'public.pem')];
    await writeFile(signingFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await writeFile(publicFile, publicKey.export({ type: 'spki', format: 'pem' }));
    this.#env = { KEYRING_FILE: keyringFile, TICKET_SIGNING_KEY_FILE: signingFile, TICKET_PUBLIC_KEY_FILE: publicFile };
  }
}
