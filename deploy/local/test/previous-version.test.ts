import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { migrations as inventoryMigrations } from '@boxoffice/inventory/migrations/index';
import { migrations as ledgerMigrations } from '@boxoffice/ledger/migrations/index';
import { migrations as queueMigrations } from '@boxoffice/queue/migrations/index';
import { testDatabase } from '@boxoffice/runtime/testing/database';
import { expect, test } from '@boxoffice/runtime/testing/tests';

import { serviceNames } from '../keys.ts';
import { buy, prepareSale } from '../trace/purchase.ts';
import { TracedApi } from '../trace/traced-api.ts';
import { checkInvariants } from '../verify/check.ts';
import { openDatabases } from '../verify/databases.ts';
import { settle } from '../verify/settle.ts';
import { checkOut, mainIn, previousVersion } from './previous-version.ts';
import { startTestSystem } from './running-system.ts';

const limitMs = 120_000;
const settleLimitMs = 15_000;

const previous = await previousVersion();
const withHistory = previous === undefined ? test.skip : test;
if (previous === undefined)
  console.warn('The history of this checkout does not go back to the version before: skipped.');

withHistory(
  'programs of the version before run on the schema of now, with services of now beside them, and sell seats',
  async () => {
    await using resources = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'boxoffice-previous-'));
    resources.defer(() => rm(folder, { recursive: true, force: true }));
    // The schema first, as a rollout does it.
    const [{ url: databaseUrl }] = await Promise.all([
      testDatabase(
        { schema: 'queue', migrations: queueMigrations },
        { schema: 'inventory', migrations: inventoryMigrations },
        { schema: 'ledger', migrations: ledgerMigrations },
      ).then((database) => resources.use(database)),
      checkOut(previous ?? '', folder),
    ]);
    const running = await startTestSystem({
      databaseUrl,
      catalogue: false,
      replicas: { queue: 2, inventory: 2, ledger: 2, worker: 1, bff: 1 },
      mains: Object.fromEntries(serviceNames.map((program) => [program, mainIn(folder, program)])),
    });
    resources.defer(() => running.stop());
    const { system } = running;

    const buyers = Array.from({ length: 4 }, (_, index) => `buyer-${index}`);
    await Promise.all(
      buyers.map(async (memberId) => buy(new TracedApi(system.url), await prepareSale(system, memberId))),
    );
    await using databases = openDatabases(system.databases);
    expect(await settle(databases, settleLimitMs)).toBe(0);
    const findings = await checkInvariants({ databases, running: true });
    expect(findings.filter(({ verdict }) => verdict === 'violated')).toEqual([]);
  },
  limitMs,
);
