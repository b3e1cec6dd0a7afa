import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { migrations as inventory } from '@boxoffice/inventory/migrations/index';
import { migrations as ledger } from '@boxoffice/ledger/migrations/index';
import { migrations as queue } from '@boxoffice/queue/migrations/index';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { play } from '../model/play.ts';

const runs = 120;
/** The same sales each time; `npm run test:model` plays others. */
const seed = 20_261_224;

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase(
    { schema: 'queue', migrations: queue },
    { schema: 'inventory', migrations: inventory },
    { schema: 'ledger', migrations: ledger },
  );
});
afterAll(() => database[Symbol.asyncDispose]());

test(`in ${runs} sales of random steps and deaths, the system does what the model says`, async () => {
  expect(await play({ databaseUrl: database.url, runs, seed })).toBeGreaterThan(runs);
}, 120_000);
