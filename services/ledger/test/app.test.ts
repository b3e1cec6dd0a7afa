import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { ConfigError } from '@boxoffice/runtime/config';
import { openPool } from '@boxoffice/runtime/database/pool';
import { createLogger } from '@boxoffice/runtime/log';
import { testDatabase } from '@boxoffice/runtime/testing/database';

import { createApp } from '../app.ts';
import { readLedgerConfig } from '../config.ts';
import { BoxOffice } from './box-office.ts';

let office: BoxOffice;
beforeAll(async () => {
  office = await BoxOffice.open();
});
afterAll(async () => office[Symbol.asyncDispose]());

describe('the configuration', () => {
  test('is refused with all that is wrong with it', async () => {
    const env = { LEDGER_PORT: 'x', PAYMENTS_MAX: '0' };
    const context = { env, log: createLogger('test', 'silent'), signal: new AbortController().signal };
    const error: unknown = await createApp(context).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ConfigError);
    const faults = (error as ConfigError).faults.join('\n');
    for (const name of ['LEDGER_PORT', 'PAYMENTS_MAX', 'LEDGER_DATABASE_URL', 'KEYRING_FILE', 'SERVICE_KEY']) {
      expect(faults).toContain(name);
    }
  });

  test('is refused when a drive may take longer than its lease', () => {
    const env = {
      DATABASE_URL: 'postgresql://localhost/x',
      KEYRING_FILE: 'x',
      SERVICE_KEY: 'x',
      TICKET_PUBLIC_KEY_FILE: import.meta.filename,
    };
    expect(readLedgerConfig(env).leaseMs).toBe(5_000);
    expect(() => readLedgerConfig({ ...env, PAYMENT_DRIVE_TIMEOUT_MS: '5000' })).toThrow('PAYMENT_DRIVE_TIMEOUT_MS');
  });
});

test('several that start at once on an empty database make its schema once, and all serve', async () => {
  await using database = await testDatabase();
  const apps = await Promise.all(
    Array.from({ length: 3 }, () => office.startLedger({ LEDGER_DATABASE_URL: database.url })),
  );
  const [first, , last] = apps.map((app) => office.ledger(app));
  await first?.openAccount({ memberId: 'm' });
  expect(await last?.openAccount({ memberId: 'm' })).toMatchObject({ created: false });
  await Promise.all(apps.map((app) => app[Symbol.asyncDispose]()));
});

test('answers that nobody asks for again are forgotten, payments are not', async () => {
  const ledger = await office.startLedger({ REQUEST_RETENTION_HOURS: '1' });
  const memberId = 'forgetful';
  const requestId = '6f1f1c3e-8a1e-4b7c-9d57-0c5f3c2b7a11';
  await office.ledger(ledger).openAccount({ memberId });
  await office.ledger(ledger).charge({ requestId, memberId, amount: 1n });
  const { ledger: pool } = office.pools;
  await office.ledger(ledger, 'worker').relayOutbox({});
  expect((await pool.query('select from requests where request_id = $1', [requestId])).rowCount).toBe(1);
  await pool.query(`update requests set created_at = now() - interval '61 minutes'`);
  await office.ledger(ledger, 'worker').relayOutbox({});
  expect((await pool.query('select from requests where request_id = $1', [requestId])).rowCount).toBe(0);
});

test('the schema of the database is the one its pool names', async () => {
  await using database = await testDatabase();
  const app = await office.startLedger({ LEDGER_DATABASE_URL: database.url });
  await app[Symbol.asyncDispose]();
  await using pool = openPool({ url: database.url, schema: 'public', applicationName: 'test' });
  const { rows } = await pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'ledger' order by 1`,
  );
  const tables = ['accounts', 'entries', 'migrations', 'payments', 'requests', 'transfers'];
  expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(tables));
});
