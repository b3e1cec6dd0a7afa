import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations as inventoryMigrations } from '@boxoffice/inventory/migrations/index';
import { createApp as createInventory } from '@boxoffice/inventory/app';
import { migrations as ledgerMigrations } from '@boxoffice/ledger/migrations/index';
import { createApp as createLedger } from '@boxoffice/ledger/app';
import { migrations as queueMigrations } from '@boxoffice/queue/migrations/index';
import { createApp as createQueue } from '@boxoffice/queue/app';
import { createKey, saveKeyring } from '@boxoffice/runtime/keyring';
import { createLogger, type Logger } from '@boxoffice/runtime/log';
import type { App, Start } from '@boxoffice/runtime/program';
import type { Telemetry } from '@boxoffice/runtime/telemetry/telemetry';
import { testDatabase } from '@boxoffice/runtime/testing/database';
import { createApp as createWorker } from '../../worker/app.ts';
import { createApp as createBff } from '../app.ts';
import { Web } from './web.ts';

const serviceNames = ['queue', 'inventory', 'ledger', 'worker', 'bff'] as const;
type ServiceName = (typeof serviceNames)[number];

/** What a BFF is started with, beside its variables. */
export interface BffOptions {
  /** Where it logs to. */
  readonly log?: Logger;
  /** What it measures itself with. */
  readonly telemetry?: Telemetry;
}

/** How much of the system a test wants. */
export interface SystemOptions extends BffOptions {
  /** Of each service; the BFF reaches all of them in turn. */
  readonly instances?: number;
  /** Variables of all programs. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The whole system in this process, on a database of its own, and its BFF over real HTTP. */
export interface System extends AsyncDisposable {
  readonly web: Web;
  readonly databaseUrl: string;
  /** Keys by who calls with them. */
  readonly keys: Readonly<Record<ServiceName | 'operator' | 'acme', string>>;
  /** Where a service listens, as a gRPC target. */
  addressOf(name: Exclude<ServiceName, 'bff'>): string;
  /** Starts another BFF on the same system. */
  bff(env?: Readonly<Record<string, string>>, options?: BffOptions): Promise<Web>;
  /** Ends all instances of a service; what they are asked for is away from then on. */
  stop(name: Exclude<ServiceName, 'bff'>): Promise<void>;
  /** Ends everything; fails when something was left open. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts the system. */
export async function startSystem({ instances = 1, env = {}, ...options }: SystemOptions = {}): Promise<System> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(
    await testDatabase(
      { schema: 'queue', migrations: queueMigrations },
      { schema: 'inventory', migrations: inventoryMigrations },
      { schema: 'ledger', migrations: ledgerMigrations },
    ),
  );
  const folder = await mkdtemp(join(tmpdir(), 'boxoffice-bff-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const { keys, files } = await writeKeys(folder);
  const shared: Record<string, string> = {
    ...files,
    HOST: '127.0.0.1',
    DATABASE_URL: database.url,
    DATABASE_POOL_MAX: '8',
  };
  const silent = createLogger('test', 'silent');
  const running = new Map<ServiceName, App[]>();

  async function start(name: ServiceName, create: Start, extra: Record<string, string>): Promise<App> {
    const context = {
      log: silent,
      signal: new AbortController().signal,
      env: { ...shared, ...env, SERVICE_KEY: keys[name], ...extra },
    };
    const app = stack.use(once(await create(context)));
    running.set(name, [...(running.get(name) ?? []), app]);
    return app;
  }
  async function startAll(name: ServiceName, create: Start): Promise<void> {
    const port = `${name.toUpperCase()}_PORT`;
    const apps = await Promise.all(Array.from({ length: instances }, () => start(name, create, { [port]: '0' })));
    shared[`${name.toUpperCase()}_ADDRESS`] = `ipv4:${apps.map(({ address }) => address).join(',')}`;
  }

  await startAll('queue', createQueue);
  await startAll('inventory', createInventory);
  await startAll('ledger', createLedger);
  await startAll('worker', createWorker);
  const bffs = stack.use(new AsyncDisposableStack());
  async function bff(own: Readonly<Record<string, string>> = {}, { log, telemetry }: BffOptions = {}): Promise<Web> {
    const context = {
      log: log ?? silent,
      ...(telemetry && { telemetry }),
      signal: new AbortController().signal,
      env: { ...shared, SERVICE_KEY: keys.bff, PORT: '0', AUTH_MODE: 'open', ...own },
    };
    const app = bffs.use(once(await createBff(context)));
    return new Web(app, keys.operator);
  }
  const web = await bff(env, options);
  const owned = stack.move();
  return {
    web,
    databaseUrl: database.url,
    keys,
    addressOf: (name) => shared[`${name.toUpperCase()}_ADDRESS`] ?? '',
    bff,
    stop: async (name) => {
      await Promise.all((running.get(name) ?? []).map((app) => app[Symbol.asyncDispose]()));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Disposed once, however often it is asked to. */
function once(app: App): App {
  let disposed: Promise<void> | undefined;
  return {
    ...app,
    [Symbol.asyncDispose]: () => (disposed ??= Promise.resolve(app[Symbol.asyncDispose]())),
  };
}

async function writeKeys(folder: string): Promise<{ keys: System['keys']; files: Record<string, string> }> {
  const services = serviceNames.map((name) => [name, createKey({ kind: 'service', name })] as const);
  const operator = createKey({ kind: 'operator', name: 'operator' });
  const acme = createKey({ kind: 'partner', name: 'acme', scopes: ['queue', 'inventory', 'ledger'] });
  const made = { ...Object.fromEntries(services), operator, acme };
  const ticketKeys = generateKeyPairSync('ed25519');
  const files = {
    KEYRING_FILE: join(folder, 'keyring.json'),
    TICKET_SIGNING_KEY_FILE: join(folder, 'ticket-signing.pem'),
    TICKET_PUBLIC_KEY_FILE: join(folder, 'ticket-public.pem'),
  };
  await saveKeyring(
    files.KEYRING_FILE,
    Object.values(made).map(({ entry }) => entry),
  );
  await writeFile(files.TICKET_SIGNING_KEY_FILE, ticketKeys.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await writeFile(files.TICKET_PUBLIC_KEY_FILE, ticketKeys.publicKey.export({ type: 'spki', format: 'pem' }));
  const keys = Object.fromEntries(Object.entries(made).map(([name, { key }]) => [name, key])) as System['keys'];
  return { keys, files };
}

/** A member that no other test has. */
export function newMember(): string {
  return `member-${randomUUID()}`;
}
