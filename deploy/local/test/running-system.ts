import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { testDatabase } from '@boxoffice/runtime/testing/database';

import { createOutput } from '../output.ts';
import { anyPorts } from '../ports.ts';
import { startSystem, type System, type SystemOptions } from '../system.ts';

/** For the first start of a system: migrations, catalogue. */
export const startTimeoutMs = 120_000;

/** A system of its own for a test file. What it said is kept, for a test that fails. */
export interface TestSystem {
  readonly system: System;
  readonly said: readonly string[];
  stop(): Promise<void>;
}

/** Starts the whole system in a folder and a database of its own, on free ports. */
export async function startTestSystem(
  options: Pick<SystemOptions, 'replicas' | 'catalogue' | 'mains'> & {
    readonly databaseUrl?: string;
    readonly variables?: NodeJS.ProcessEnv;
  } = {},
): Promise<TestSystem> {
  await using cleanup = new AsyncDisposableStack();
  const { databaseUrl, variables, ...own } = options;
  const DATABASE_URL = databaseUrl ?? cleanup.use(await testDatabase()).url;
  const home = await mkdtemp(join(tmpdir(), 'boxoffice-system-'));
  cleanup.defer(() => rm(home, { recursive: true, force: true }));
  const said: string[] = [];
  const output = createOutput({ json: true, write: (text) => void said.push(text) });
  try {
    const environment = {
      ...inherited(),
      ...anyPorts,
      BOXOFFICE_HOME: home,
      DATABASE_URL,
      LOG_LEVEL: 'warn',
      ...variables,
    };
    const system = cleanup.use(await startSystem({ environment, output, ...own }));
    const started = cleanup.move();
    return { system, said, stop: () => started.disposeAsync() };
  } catch (error) {
    throw new Error(`The system does not start:\n${said.slice(-20).join('')}`, { cause: error });
  }
}

/** Without what configures the developer's own system. */
function inherited(): NodeJS.ProcessEnv {
  const own =
    /^(DATABASE_URL|.+_DATABASE_URL|AUTH_MODE|KEYRING_FILE|SERVICE_KEY|TICKET_.+|OIDC_.+|NODE_OPTIONS|NODE_ENV)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
