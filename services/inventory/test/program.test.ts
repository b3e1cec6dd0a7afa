import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { ConfigError } from '@boxoffice/runtime/config';
import { openPool } from '@boxoffice/runtime/database/pool';

import { inventoryConfig } from '../config.ts';
import { withIndexPlans } from '@boxoffice/runtime/database/index-plans';
import { schema } from '../migrations/index.ts';
import { Office, refusal, type Caller } from './office.ts';

let office: Office;
beforeAll(async () => void (office = await Office.open()));
afterAll(() => office[Symbol.asyncDispose]());

describe('the configuration', () => {
  test('names everything that is missing at once', () => {
    const faults = ((): readonly string[] => {
      try {
        inventoryConfig({});
        return [];
      } catch (error) {
        return error instanceof ConfigError ? error.faults : [String(error)];
      }
    })();
    expect(faults).toEqual([
      'INVENTORY_DATABASE_URL (or DATABASE_URL) is not set',
      'KEYRING_FILE is not set',
      'SERVICE_KEY is not set',
      'TICKET_PUBLIC_KEY_FILE is not set',
    ]);
  });

  test('has defaults for the rest', () => {
    const config = inventoryConfig({ ...office.env, SERVICE_KEY: 'key' });
    expect(config).toMatchObject({ port: 50_052, queueAddress: 'localhost:50051', seatRefreshMs: 250 });
  });
});

test('statements are planned once a connection, whatever else the database URL asks for', async () => {
  const url = new URL(withIndexPlans(`${office.env['DATABASE_URL']}?options=-c%20work_mem%3D5MB`));
  await using pool = openPool({ url: url.href, schema, applicationName: 'plans' });
  const { rows } = await pool.query(
    `select current_setting('plan_cache_mode') as plans, current_setting('work_mem') as memory, current_schema as schema`,
  );
  expect(rows).toEqual([{ plans: 'force_generic_plan', memory: '5MB', schema }]);
});

test('callers reach what they may and nothing else', async () => {
  const sweep = (caller: Caller): Promise<string> => refusal(office.inventory(caller).sweepExpiredHolds({}));
  expect(await Promise.all((['worker', 'bff', 'acme', 'ledger', 'operator'] as const).map(sweep))).toEqual([
    'none',
    ...Array.from({ length: 4 }, () => 'CALLER_NOT_ALLOWED'),
  ]);
  expect(await refusal(office.admin('bff').createConcert({ name: 'X' }))).toBe('CALLER_NOT_ALLOWED');
  const payment = { reservationId: 1n, paymentId: 1n, memberId: 'm', amount: 1n };
  expect(await refusal(office.inventory('bff').confirmReservation(payment))).toBe('CALLER_NOT_ALLOWED');
});
