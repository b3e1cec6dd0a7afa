import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createOutput } from '@boxoffice/local/output';
import { anyPorts } from '@boxoffice/local/ports';
import { startSystem, type System } from '@boxoffice/local/system';
import { QueueAdminService } from '@boxoffice/proto/queue';
import { signTicketToken, type TicketSigner } from '@boxoffice/proto/ticket-token';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { grpcTransport } from '@boxoffice/runtime/grpc/transport';
import { createClient, type Client } from '@connectrpc/connect';

import type { Target } from './load/connection.ts';

/** The system that is measured: one of each program with its default settings, on its own data and free ports. */
export interface BenchSystem extends AsyncDisposable {
  readonly system: System;
  /** Where its data are, for the time being. */
  readonly home: string;
  /** The BFF. */
  readonly target: Target;
  readonly admin: Client<typeof QueueAdminService>;
  /** Into the Queue's schema. */
  readonly pool: Pool;
  /** Signs tokens as the Queue does. */
  readonly sign: TicketSigner;
}

const statementTimeoutMs = 180_000;
const linesKept = 20;
/** What configures the developer's own system is not for this one. */
const ownVariables =
  /^(DATABASE_URL|.+_DATABASE_URL|AUTH_MODE|KEYRING_FILE|SERVICE_KEY|TICKET_.+|OIDC_.+|OTEL_.+|OPERATIONS_PORT|NODE_OPTIONS|NODE_ENV|HOST)$/;

/**
 * Starts it.
 *
 * @param variables win over the settings of all other systems that are measured.
 * @throws Error with what the programs said last, when it does not start.
 */
export async function startBenchSystem(
  signal: AbortSignal,
  say: (text: string) => void,
  variables: NodeJS.ProcessEnv = {},
): Promise<BenchSystem> {
  await using stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'boxoffice-bench-'));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const said: string[] = [];
  // Warnings are part of the result; at the end programs may complain that others have gone.
  const output = createOutput({ json: false, write: (text) => (signal.aborted ? undefined : keep(said, text, say)) });
  const environment = { ...environmentFor(home), ...variables };
  const system = await startSystem({ environment, output, catalogue: false, signal }).catch((error: unknown) => {
    throw new Error(`The system does not start:\n${said.join('')}`, { cause: error });
  });
  stack.use(system);
  const transport = grpcTransport({ address: system.addresses.queue, key: system.keys.operator });
  stack.use(transport);
  const pool = stack.use(
    openPool({ url: system.databases.queue, schema: 'queue', applicationName: 'bench', max: 4, statementTimeoutMs }),
  );
  const sign = signTicketToken(await readFile(join(home, 'ticket-signing-key.pem'), 'utf8'));
  const target = { host: '127.0.0.1', port: Number(new URL(system.url).port) };
  const admin = createClient(QueueAdminService, transport);
  const resources = stack.move();
  return { system, home, target, admin, pool, sign, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

function environmentFor(home: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !ownVariables.test(name));
  return {
    ...Object.fromEntries(inherited),
    ...anyPorts,
    BOXOFFICE_HOME: home,
    LOG_LEVEL: 'warn',
  };
}

function keep(said: string[], text: string, say: (text: string) => void): void {
  said.push(text);
  if (said.length > linesKept) said.shift();
  say(`  ${text.trimEnd()}`);
}
