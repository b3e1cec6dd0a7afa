import { migrations as inventoryMigrations } from '@boxoffice/inventory/migrations/index';
import { migrations as ledgerMigrations } from '@boxoffice/ledger/migrations/index';
import { migrations as queueMigrations } from '@boxoffice/queue/migrations/index';
import { testDatabase } from '@boxoffice/runtime/testing/database';
import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';

import { playAll } from '../crash/matrix.ts';
import { outcomeOf, type Facts } from '../crash/outcome.ts';
import type { Result } from '../crash/play.ts';
import { allPoints } from '../crash/points.ts';
import { batchesOf, rows, type Row } from '../crash/rows.ts';
import { resultsTable } from '../crash/table.ts';

/** While one waits for leases to end, the other has the processor. */
const stages = 2;

const titleOf = ({ protocol, point, first }: Row): string =>
  `${point} of a ${protocol}${first ? ` left at ${first}` : ''} comes back, and all or nothing has happened`;

test('every fault point of every program is in the table, and no name means two programs', () => {
  expect(new Set(rows.map(({ point }) => point))).toEqual(new Set(allPoints));
  expect(new Set(allPoints).size).toBe(allPoints.length);
  expect(new Set(batchesOf(rows).flat())).toEqual(new Set(rows));
});

describe('a program killed at', () => {
  let results: readonly Result[];
  let resources: AsyncDisposableStack;

  beforeAll(async () => {
    resources = new AsyncDisposableStack();
    const databaseUrls: string[] = [];
    for (let stage = 0; stage < stages; stage += 1) {
      const { url } = resources.use(
        await testDatabase(
          { schema: 'queue', migrations: queueMigrations },
          { schema: 'inventory', migrations: inventoryMigrations },
          { schema: 'ledger', migrations: ledgerMigrations },
        ),
      );
      databaseUrls.push(url);
    }
    results = await playAll({ rows, databaseUrls, shortLeases: true });
  }, 300_000);

  afterAll(() => resources.disposeAsync());

  test.each(rows.map((row): [string, Row] => [titleOf(row), row]))('%s', (_, row) => {
    const result = results.find((one) => one.row === row);
    expect(result?.faults).toEqual([]);
    // Within 15 s is for `npm run crash` to show: here, other tests have the processor, too.
    expect(result?.quietAfterMs).toBeGreaterThanOrEqual(0);
  });

  test('is in the table that is printed', () => {
    const lines = resultsTable(results).split('\n');
    expect(lines.filter((line) => line.includes('✓'))).toHaveLength(rows.length);
    expect(lines.at(-1)).toContain(`all ${rows.length} as they should be`);
  });
});

describe('an outcome', () => {
  const price = 10n;
  const facts = (one: Partial<Facts>): Facts => ({
    balance: 10n,
    held: 0n,
    movements: ['CHARGE'],
    reservations: ['PENDING'],
    extended: false,
    ticket: 'ADMITTED',
    ...one,
  });
  const paid = { balance: 0n, movements: ['CHARGE', 'PAYMENT'], reservations: ['CONFIRMED'], ticket: 'COMPLETED' };

  test('is told by the account, the seats and the ticket together', () => {
    expect(outcomeOf(facts({}), price)).toBe('held');
    expect(outcomeOf(facts({ extended: true }), price)).toBe('extended');
    expect(outcomeOf(facts({ reservations: [] }), price)).toBe('open');
    expect(outcomeOf(facts(paid), price)).toBe('paid');
  });

  test.each<[string, Partial<Facts>]>([
    ['money gone without a seat', { ...paid, reservations: ['PENDING'] }],
    ['a seat sold without money', { reservations: ['CONFIRMED'] }],
    ['money held for nothing', { held: 10n }],
    ['money taken twice', { ...paid, movements: ['CHARGE', 'PAYMENT', 'PAYMENT'] }],
    ['a ticket that lives on', { ...paid, ticket: 'ADMITTED' }],
    ['two holds by one request', { reservations: ['PENDING', 'PENDING'] }],
  ])('is torn: %s', (_, one) => {
    expect(outcomeOf(facts(one), price)).toMatch(/^torn: /);
  });
});
