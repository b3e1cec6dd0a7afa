import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { testAuthority } from '@boxoffice/runtime/testing/certificates';

import { prepareKeys, prepareTicketKeys, type ServiceName } from '../../local/keys.ts';
import { findPorts } from '../../local/ports.ts';
import { runContainer, type Account, type Container, type RunnableImage } from './container.ts';

/** How the programs of an image are tried. */
export interface TrialOptions {
  readonly image: RunnableImage;
  /** Absent: as who we are. */
  readonly account: Account;
  readonly databaseUrl: string;
  /** For keys and certificates. */
  readonly folder: string;
  /** Hears of each step that went well. */
  readonly say: (words: string) => void;
}

const programs = ['queue', 'inventory', 'ledger', 'worker', 'bff'] as const;
const schemas = ['queue', 'inventory', 'ledger'] as const;
const migrateLimitMs = 60_000;
const startLimitMs = 30_000;
/** As long as Docker waits before it kills. */
const stopLimitMs = 10_000;

/**
 * Migrates, starts all five programs as production would run them (migrations awaited, mTLS between them), sees each well, asks
 * the BFF whether it reaches the others and for a page, and ends them by SIGTERM.
 *
 * @throws Error with what a program has said, when something does not go as it should.
 */
export async function tryPrograms(options: TrialOptions): Promise<void> {
  const { image, account, databaseUrl, say } = options;
  for (const schema of schemas) {
    const environment = { [`${schema.toUpperCase()}_DATABASE_URL`]: databaseUrl };
    await using migration = runContainer(image, `migrate-${schema}`, environment, account);
    expectZero(migration, await migration.ended(migrateLimitMs));
  }
  say('the migration programs ended with 0');

  const { environments, bff } = await prepare(options);
  await using containers = new AsyncDisposableStack();
  const running = programs.map((name) => containers.use(runContainer(image, name, environments[name], account)));
  await Promise.all(running.map((container) => container.healthy(startLimitMs)));
  say('each program is well, says the health check of the image');

  const parts = await answerOf(`${bff}/readyz`);
  const page = await answerOf(`${bff}/`, { accept: 'text/html' });
  if (!page.includes('<html')) throw new Error(`the page of the BFF is none: ${page.slice(0, 200)}`);
  say(`the BFF reaches the others over TLS (${parts.trim()}), and serves its page`);

  for (const container of running) expectZero(container, await container.stop(stopLimitMs));
  say('each program ended with 0 after SIGTERM');
}

function expectZero({ name, lines }: Container, code: number | string): void {
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${lines.join('\n')}`);
}

async function answerOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
  const body = await response.text();
  if (!response.ok) throw new Error(`${url}: ${response.status} ${body}`);
  return body;
}

const portVariables = {
  queue: 'QUEUE_PORT',
  inventory: 'INVENTORY_PORT',
  ledger: 'LEDGER_PORT',
  worker: 'WORKER_PORT',
  bff: 'PORT',
} as const satisfies Record<ServiceName, string>;

async function prepare({ folder, databaseUrl }: TrialOptions) {
  const keyringFile = join(folder, 'keyring.json');
  const [keys, ticketKeys, tls, ports] = await Promise.all([
    prepareKeys(folder, keyringFile),
    prepareTicketKeys(folder),
    writeCertificates(join(folder, 'tls')),
    // Each has two: for its callers, and for operators.
    findPorts(
      '127.0.0.1',
      [...programs, ...programs].map(() => ({ variable: '', port: 0 })),
    ),
  ]);
  // They are ours, and the programs run as somebody else.
  await Promise.all([keyringFile, ...Object.values(ticketKeys)].map((file) => chmod(file, 0o644)));
  const port = (name: ServiceName): number => ports[programs.indexOf(name)] ?? 0;
  const shared = {
    HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    DATABASE_URL: databaseUrl,
    MIGRATIONS: 'await',
    KEYRING_FILE: keyringFile,
    TICKET_SIGNING_KEY_FILE: ticketKeys.signingKeyFile,
    TICKET_PUBLIC_KEY_FILE: ticketKeys.publicKeyFile,
    ...tls,
    ...Object.fromEntries(
      programs.map((name) => [`${name.toUpperCase()}_ADDRESS`, `localhost:${port(name)}`] as const),
    ),
    // Nobody signs in: the addresses are not asked.
    OIDC_ISSUER: 'https://issuer.example',
    OIDC_AUDIENCE: 'boxoffice',
    OIDC_JWKS_URL: 'https://issuer.example/keys',
  };
  const environmentOf = (name: ServiceName, index: number): Record<string, string> => ({
    ...shared,
    [portVariables[name]]: String(port(name)),
    OPERATIONS_PORT: String(ports[programs.length + index]),
    SERVICE_KEY: keys.services[name],
  });
  const environments = Object.fromEntries(programs.map((name, index) => [name, environmentOf(name, index)]));
  return {
    environments: environments as Record<ServiceName, Record<string, string>>,
    bff: `http://127.0.0.1:${port('bff')}`,
  };
}

async function writeCertificates(folder: string): Promise<Record<string, string>> {
  const authority = testAuthority();
  const { certificate, key } = authority.issue('localhost', 2);
  await mkdir(folder);
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  return {
    TLS_CERTIFICATE_FILE: await write('tls.crt', certificate),
    TLS_KEY_FILE: await write('tls.key', key),
    TLS_CA_FILE: await write('ca.crt', authority.certificate),
  };
}
