import { access } from 'node:fs/promises';
import { join } from 'node:path';

import { startPostgres } from '../postgres.ts';
import { readSettings } from '../settings.ts';
import { findSystem } from '../system-plan.ts';
import { openDatabases, type Databases } from './databases.ts';

/** The databases to verify, and how they were found. Disposing closes them, and ends what was started for them. */
export interface Reached extends AsyncDisposable {
  readonly databases: Databases;
  readonly home: string;
  /** Whether the system runs, so that deadlines count. */
  readonly running: boolean;
  /** For a person. */
  readonly what: string;
}

/**
 * Finds the databases: those of the running system; else the ones that the variables name; else the data folder's, whose
 * PostgreSQL is started for the time being.
 *
 * @throws Error when there is nothing to verify.
 */
export async function reachDatabases(environment: NodeJS.ProcessEnv): Promise<Reached> {
  const { home, databaseUrl, queueDatabaseUrl, inventoryDatabaseUrl, ledgerDatabaseUrl } = readSettings(environment);
  const plan = await findSystem(home);
  if (plan !== undefined) {
    return reached(new AsyncDisposableStack(), plan.databases, {
      home,
      running: true,
      what: `the system at ${plan.url}`,
    });
  }
  const resources = new AsyncDisposableStack();
  const queue = queueDatabaseUrl ?? databaseUrl;
  const inventory = inventoryDatabaseUrl ?? databaseUrl;
  const ledger = ledgerDatabaseUrl ?? databaseUrl;
  if (queue !== undefined && inventory !== undefined && ledger !== undefined) {
    // Somebody else may run the programs on them, on another machine.
    const what = 'the databases of DATABASE_URL';
    return reached(resources, { queue, inventory, ledger }, { home, running: true, what });
  }
  const dataDir = join(home, 'postgres');
  await access(join(dataDir, 'cluster')).catch((error: unknown) => {
    throw new Error(`There is nothing to verify in ${home}: run \`npm start\` first.`, { cause: error });
  });
  const { url } = resources.use(await startPostgres({ dataDir }));
  const what = `the data in ${home}; nothing is running`;
  return reached(resources, { queue: url, inventory: url, ledger: url }, { home, running: false, what });
}

function reached(
  resources: AsyncDisposableStack,
  urls: Parameters<typeof openDatabases>[0],
  facts: Pick<Reached, 'home' | 'running' | 'what'>,
): Reached {
  const databases = resources.use(openDatabases(urls));
  return { ...facts, databases, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}
