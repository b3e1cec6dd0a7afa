import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createOutput } from '../output.ts';
import { startSystem, type System, type SystemOptions } from '../system.ts';

/** For the first start of a system: initdb, migrations, catalogue. */
export const startTimeoutMs = 120_000;

/** A system of its own for a test file. What it said is kept, for a test that fails. */
export interface TestSystem {
  readonly system: System;
  readonly said: readonly string[];
  stop(): Promise<void>;
}

/** Starts the whole system in a folder of its own, on free ports. */
export async function startTestSystem(
  options: Pick<SystemOptions, 'replicas' | 'catalogue'> = {},
): Promise<TestSystem> {
  const home = await mkdtemp(join(tmpdir(), 'boxoffice-system-'));
  const said: string[] = [];
  const output = createOutput({ json: true, write: (text) => void said.push(text) });
  const ports = { PORT: '0', QUEUE_PORT: '0', INVENTORY_PORT: '0', LEDGER_PORT: '0', WORKER_PORT: '0' };
  try {
    const environment = { ...inherited(), ...ports, BOXOFFICE_HOME: home, LOG_LEVEL: 'warn' };
    const system = await startSystem({ environment, output, ...options });
    const stop = async (): Promise<void> => {
      await system[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    };
    return { system, said, stop };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw new Error(`The system does not start:\n${said.slice(-20).join('')}`, { cause: error });
  }
}

/** Without what configures the developer's own system. */
function inherited(): NodeJS.ProcessEnv {
  const own =
    /^(DATABASE_URL|.+_DATABASE_URL|AUTH_MODE|KEYRING_FILE|SERVICE_KEY|TICKET_.+|OIDC_.+|NODE_OPTIONS|NODE_ENV)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
