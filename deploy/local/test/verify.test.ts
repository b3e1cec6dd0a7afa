import { migrations as inventoryMigrations } from '@boxoffice/inventory/migrations/index';
import { migrations as ledgerMigrations } from '@boxoffice/ledger/migrations/index';
import { migrations as queueMigrations } from '@boxoffice/queue/migrations/index';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';
import { afterEach, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';

import type { Fact } from '../demo/journal.ts';
import { allHold, checkInvariants, type Finding } from '../verify/check.ts';
import { identityOf, openDatabases, type Databases } from '../verify/databases.ts';
import { findingsTable } from '../verify/table.ts';
import { tellStory, unguard } from './verify/story.ts';

const schemas = {
  queue: { schema: 'queue', migrations: queueMigrations },
  inventory: { schema: 'inventory', migrations: inventoryMigrations },
  ledger: { schema: 'ledger', migrations: ledgerMigrations },
};

let resources: AsyncDisposableStack;

beforeEach(() => {
  resources = new AsyncDisposableStack();
});

afterEach(async () => {
  await resources.disposeAsync();
});

async function together(): Promise<Databases> {
  const { url } = resources.use(await testDatabase(schemas.queue, schemas.inventory, schemas.ledger));
  return resources.use(openDatabases({ queue: url, inventory: url, ledger: url }));
}

async function apart(): Promise<Databases> {
  const one = async (name: keyof typeof schemas): Promise<TestDatabase> =>
    resources.use(await testDatabase(schemas[name]));
  const [queue, inventory, ledger] = [await one('queue'), await one('inventory'), await one('ledger')];
  return resources.use(openDatabases({ queue: queue.url, inventory: inventory.url, ledger: ledger.url }));
}

const violated = (findings: readonly Finding[]): string[] =>
  findings.filter(({ verdict }) => verdict === 'violated').map(({ id }) => id);

/** Each plants a violation where nothing keeps it out; it names every invariant that has to catch it. */
const plants: readonly (readonly [
  what: string,
  caught: readonly string[],
  schema: keyof typeof schemas,
  sql: string,
])[] = [
  [
    'an entry that is off by one',
    ['I1', 'I2', 'I2-running'],
    'ledger',
    `update entries set amount = 1001 where id = 2`,
  ],
  ['a balance that no entry explains', ['I2'], 'ledger', `update accounts set posted = posted + 1 where id = 1`],
  ['a member below zero', ['I2', 'I3'], 'ledger', `update accounts set posted = -1 where id = 4`],
  ['more held than there is', ['I3', 'I5'], 'ledger', `update accounts set held = 901 where id = 1`],
  [
    'a payment with two transfers',
    ['I1', 'I2-system', 'I4'],
    'ledger',
    `insert into transfers (kind, state, amount, debit_account, credit_account, payment_id, resolved_at)
     values ('PAYMENT', 'VOIDED', 100, 1, 3, 1, now());
     insert into entries (transfer_id, account_id, amount) values (3, 3, 100)`,
  ],
  ['money held for nothing', ['I5'], 'ledger', `update accounts set held = 1 where id = 1`],
  [
    'a seat of two buyers',
    ['I6', 'I7', 'I9', 'inventory-holder', 'inventory-decision'],
    'inventory',
    `update reservations set status = 'CONFIRMED', payment_id = 7, confirmed_at = now() where id = 3;
     update reservation_seats set seat_id = 1, sold = true where reservation_id = 3`,
  ],
  [
    'a sold seat without a buyer',
    ['I6'],
    'inventory',
    `update seats set state = 'SOLD', reservation_id = 1 where id = 3`,
  ],
  [
    'a bought seat that is open',
    ['I6'],
    'inventory',
    `update seats set state = 'OPEN', reservation_id = null where id = 1`,
  ],
  [
    'two live holds on a seat',
    ['I7', 'I7-held'],
    'inventory',
    `update reservations set expires_at = now() + interval '9 s', status = 'PENDING', ended_at = null where id = 2`,
  ],
  [
    'two holds on a seat, long ago',
    ['I7'],
    'inventory',
    `update reservations set expires_at = now() - interval '2 s' where id = 2`,
  ],
  [
    'a live hold that lost its seat',
    ['I7-held'],
    'inventory',
    `update seats set state = 'OPEN', reservation_id = null, held_until = null where id = 2`,
  ],
  [
    'a seat held 11 s after its hold',
    ['I8'],
    'inventory',
    `update seats set held_until = now() - interval '11 s' where id = 2;
     update reservations set created_at = now() - interval '20 s', expires_at = now() - interval '11 s' where id = 3`,
  ],
  [
    'a held seat whose hold was released',
    ['inventory-holder'],
    'inventory',
    `update seats set state = 'HELD', reservation_id = 4, held_until = now() + interval '9 s' where id = 3;
     update reservations set expires_at = now() + interval '9 s' where id = 4`,
  ],
  [
    'a payment without a sale',
    ['I6', 'I9', 'inventory-decision'],
    'inventory',
    `update reservations set status = 'EXPIRED', payment_id = null where id = 1`,
  ],
  [
    'a sale at another price',
    ['I9', 'inventory-amount'],
    'inventory',
    `update reservations set amount = 99 where id = 1`,
  ],
  ['a sale to somebody else', ['I9'], 'inventory', `update reservations set member_id = 'm2' where id = 1`],
  [
    'a sale whose payment was voided',
    ['I4', 'I9', 'I15-paid'],
    'ledger',
    `update payments set status = 'VOIDED' where id = 1`,
  ],
  [
    'money that comes back though the refund was rejected',
    ['I2', 'I2-system', 'I4-refund'],
    'ledger',
    `update accounts set posted = 1000 where id = 1;
     insert into transfers (kind, state, amount, debit_account, credit_account, payment_id, refund_id, resolved_at)
     values ('REFUND', 'POSTED', 100, 3, 1, 1, 9, now());
     insert into entries (transfer_id, account_id, amount, balance_after) values (3, 3, -100, null), (3, 4, 100, 100);
     update accounts set posted = 100 where id = 4;
     insert into refunds (id, payment_id, amount, seat_ids, closing, status, reason)
     values (9, 1, 100, '{1}', false, 'REJECTED', 'SEAT_REFUNDED')`,
  ],
  [
    'a refund that gave nothing back, of a seat that is sold',
    ['I4-refund', 'I4-refunded', 'I9-refunded'],
    'ledger',
    `insert into refunds (payment_id, amount, seat_ids, closing, status) values (1, 100, '{}', true, 'REFUNDED')`,
  ],
  [
    'a refund under way of a payment that is not being refunded',
    ['I4-refunded', 'I5-incoming'],
    'ledger',
    `insert into refunds (payment_id, amount, seat_ids, closing) values (1, 100, '{}', true)`,
  ],
  [
    'a seat that was opened by no refund',
    ['I9-refunded', 'inventory-refund'],
    'inventory',
    `update reservation_seats set refund_id = 9, sold = false where reservation_id = 1;
     update seats set state = 'OPEN', reservation_id = null where id = 1`,
  ],
  [
    'a refunded seat that is still sold',
    ['I6', 'I9-refunded', 'inventory-refund'],
    'inventory',
    `update reservation_seats set refund_id = 9 where reservation_id = 1`,
  ],
  [
    'a payment in limbo for 61 s',
    ['I4', 'I10', 'I15-paid'],
    'ledger',
    `update payments set status = 'RESERVED', updated_at = now() - interval '61 s' where id = 1`,
  ],
  [
    'a ticket that was admitted uncounted',
    ['I11', 'I11-log', 'queue-left'],
    'queue',
    `update tickets set admitted_at = (select admitted_at from tickets where number = 4) where number = 3`,
  ],
  [
    'tickets of one admission, admitted one by one',
    ['I11-log'],
    'queue',
    `update queues set served_through = 5, admitted_total = 4, revision = 6;
     update tickets set ended_at = now() - interval '83.5 s' where number = 2;
     update tickets set status = 'EXPIRED', ended_at = now(), admitted_at = now() - interval '84 s' where number = 4;
     update tickets set status = 'EXPIRED', ended_at = now(), admitted_at = now() - interval '83 s' where number = 5;
     update changes set count = 2, through = 5 where revision = 4;
     insert into changes (schedule_id, revision, kind, numbers) values (1, 6, 'ENDED', '{4, 5}')`,
  ],
  [
    'an interval with one too many',
    ['I12'],
    'queue',
    `update tickets set ended_at = now() - interval '89.95 s' where number in (1, 3);
     update tickets set admitted_at = now() - interval '89.9 s' where number = 4`,
  ],
  [
    'an instant with one too many',
    ['I13'],
    'queue',
    `update tickets set ended_at = now() - interval '83 s' where number = 1`,
  ],
  [
    'an admission out of order',
    ['I13', 'I14'],
    'queue',
    `update tickets set admitted_at = now() - interval '95 s', ended_at = null where number = 4`,
  ],
  [
    'somebody who was passed over and left',
    ['I14'],
    'queue',
    `update tickets set ended_at = now() - interval '80 s' where number = 3`,
  ],
  [
    'somebody who was passed over and waits',
    ['I14-served', 'queue-left'],
    'queue',
    `update tickets set status = 'WAITING', ended_at = null where number = 3`,
  ],
  ['somebody who left uncounted', ['queue-left'], 'queue', `update queues set left_total = 0`],
  [
    'two tickets at one place',
    ['I14-served', 'queue-places'],
    'queue',
    `update tickets set place = 4 where number = 5`,
  ],
  ['a ticket without a place', ['queue-places'], 'queue', `update tickets set place = null where number = 5`],
  [
    'a ticket at another place than was drawn for it',
    ['queue-draws'],
    'queue',
    `update queues set drawn_count = 5;
     insert into draws (schedule_id, seed, count, written_through) values (1, sha256('seed'), 5, 5);
     insert into drawn_places (schedule_id, first_number, places) values (1, 1, '{2, 1, 3, 4, 5}')`,
  ],
  [
    'somebody of a drawn lobby who was passed over',
    ['I14-served', 'queue-draws'],
    'queue',
    `update tickets set place = null where number = 5;
     update queues set drawn_count = 5;
     insert into draws (schedule_id, seed, count, written_through) values (1, sha256('seed'), 5, 5);
     insert into drawn_places (schedule_id, first_number, places) values (1, 1, '{1, 2, 3, 5, 4}')`,
  ],
  [
    'an order that is no permutation',
    ['queue-draws'],
    'queue',
    `update queues set drawn_count = 6;
     insert into draws (schedule_id, seed, count, written_through) values (1, sha256('seed'), 6, 6);
     insert into drawn_places (schedule_id, first_number, places) values (1, 1, '{1, 2, 3, 4, 5, 5}')`,
  ],
  ['an admission beyond the mark', ['I14-served'], 'queue', `update queues set served_through = 3`],
  [
    'a ticket that outlives its payment',
    ['I15'],
    'queue',
    `update tickets set status = 'EXPIRED', payment_id = null where number = 1`,
  ],
  [
    'a ticket completed by no payment',
    ['I15-paid'],
    'queue',
    `update tickets set status = 'COMPLETED', payment_id = 9 where number = 2`,
  ],
  [
    'a payment that nobody is told of',
    ['ledger-paid'],
    'ledger',
    `update events set type = 'boxoffice.ledger.payment.voided.v1'`,
  ],
  [
    'a payment that is told of twice',
    ['ledger-paid'],
    'ledger',
    `insert into outbox (type, subject, data) values ('boxoffice.ledger.payment.paid.v1', 'payments/1', '{}')`,
  ],
  ['a gap between events', ['ledger-events'], 'ledger', `update events set position = 2`],
  [
    'an event that has waited for 61 s',
    ['queue-outbox'],
    'queue',
    `insert into outbox (type, subject, data, occurred_at)
     values ('boxoffice.queue.queue.opened.v1', 'queues/1', '{}', now() - interval '61 s')`,
  ],
];

describe('a system that is well', () => {
  test('violates nothing', async () => {
    const databases = await together();
    await tellStory(databases);
    const findings = await checkInvariants({ databases, running: true });
    expect(violated(findings)).toEqual([]);
    expect(allHold(findings)).toBe(true);
    const ids = findings.map(({ id }) => id).filter((id) => /^I\d+$/.test(id));
    expect(ids).toEqual(Array.from({ length: 16 }, (_, index) => `I${index + 1}`));
  });

  test('violates nothing in three databases either', async () => {
    const databases = await apart();
    await tellStory(databases);
    expect(violated(await checkInvariants({ databases, running: true }))).toEqual([]);
  });

  test('may lower a limit that more are admitted under', async () => {
    const databases = await together();
    await tellStory(databases);
    await databases.queue.query('update queues set max_active = 1, admit_count = 1, policy_since = clock_timestamp()');
    expect(violated(await checkInvariants({ databases, running: true }))).toEqual([]);
  });

  test('is judged by a limit from the moment on that it was set', async () => {
    const databases = await together();
    await tellStory(databases);
    await databases.queue.query(
      `update queues set max_active = 1, admit_count = 2, admit_interval_ms = 7000, policy_since = now() - interval '84.5 s'`,
    );
    // The one who was admitted since met one who still was, and two who came within the interval.
    expect(violated(await checkInvariants({ databases, running: true }))).toEqual(['I12', 'I13']);
  });
});

describe('a violation is caught:', () => {
  test.each(plants)('%s', async (_, caught, schema, sql) => {
    const databases = await together();
    await tellStory(databases);
    await unguard(databases);
    await databases[schema].query(sql);
    expect(violated(await checkInvariants({ databases, running: true }))).toEqual(caught);
  });

  test('between three databases', async () => {
    const databases = await apart();
    await tellStory(databases);
    await databases.inventory.query(`update reservations set member_id = 'm2' where id = 1`);
    await databases.queue.query(`update tickets set status = 'EXPIRED', payment_id = null where number = 1`);
    const findings = await checkInvariants({ databases, running: true });
    expect(violated(findings)).toEqual(['I9', 'I15']);
  });
});

describe('a promise', () => {
  const kept: readonly Fact[] = [
    { kind: 'account', memberId: 'm1' },
    { kind: 'charge', memberId: 'm1', transferId: 1, amount: 1000 },
    { kind: 'ticket', scheduleId: 1, number: 5, memberId: 'm5' },
    { kind: 'left', scheduleId: 1, number: 3 },
    { kind: 'hold', reservationId: 3, memberId: 'm4', amount: 100, seats: 1 },
    { kind: 'released', reservationId: 4 },
    { kind: 'payment', paymentId: 1, reservationId: 1, memberId: 'm1', amount: 100 },
  ];
  const broken: readonly Fact[] = [
    { kind: 'account', memberId: 'nobody' },
    { kind: 'charge', memberId: 'm1', transferId: 2, amount: 1000 },
    { kind: 'ticket', scheduleId: 1, number: 5, memberId: 'm4' },
    { kind: 'left', scheduleId: 1, number: 5 },
    { kind: 'hold', reservationId: 3, memberId: 'm4', amount: 100, seats: 2 },
    { kind: 'released', reservationId: 3 },
    { kind: 'payment', paymentId: 2, reservationId: 1, memberId: 'm1', amount: 100 },
  ];

  test('that was kept is no violation, of any kind', async () => {
    const databases = await together();
    await tellStory(databases);
    const promises = { database: await identityOf(databases), facts: kept };
    expect(violated(await checkInvariants({ databases, running: true, promises }))).toEqual([]);
  });

  test.each(broken)('of kind $kind that was not kept is one', async (fact) => {
    const databases = await together();
    await tellStory(databases);
    const promises = { database: await identityOf(databases), facts: [fact] };
    const findings = await checkInvariants({ databases, running: true, promises });
    expect(violated(findings)).toEqual(['I16']);
    expect(findings.find(({ id }) => id === 'I16')?.rows).toHaveLength(1);
  });

  test('of other data is not judged', async () => {
    const databases = await together();
    const findings = await checkInvariants({
      databases,
      running: true,
      promises: { database: 'other', facts: broken },
    });
    expect(findings.find(({ id }) => id === 'I16')).toMatchObject({ verdict: 'not judged' });
  });
});

test('deadlines are not judged while nothing runs', async () => {
  const databases = await together();
  await tellStory(databases);
  await databases.inventory.query(
    `update seats set held_until = now() - interval '11 s' where id = 2;
     update reservations set created_at = now() - interval '20 s', expires_at = now() - interval '11 s' where id = 3`,
  );
  const findings = await checkInvariants({ databases, running: false });
  expect(violated(findings)).toEqual([]);
  expect(findings.filter(({ verdict }) => verdict === 'not judged').map(({ id }) => id)).toEqual([
    'I8',
    'I10',
    'I15',
    'I16',
    'ledger-outbox',
    'inventory-outbox',
    'queue-outbox',
  ]);
});

test('the table shows at most ten rows of a violation', () => {
  const rows = Array.from({ length: 10 }, (_, id) => ({ id: BigInt(id), since: new Date(0) }));
  const table = findingsTable([{ id: 'I1', title: 'One', verdict: 'violated', rows, tookMs: 1 }]);
  expect(table).toContain('✗');
  expect(table).toContain('id=9 since=1970-01-01T00:00:00.000Z');
  expect(table).toContain('1 of 1 violated');
});

describe('a refund of one of two seats', () => {
  /** One seat more for the member who has paid, refunded before somebody else held it. */
  async function refundSome({ inventory, ledger }: Databases): Promise<void> {
    await inventory.query(`
      insert into reservation_seats (reservation_id, seat_id, price, refund_id) values (1, 3, 40, 1);
      update reservations set amount = 140 where id = 1;
      insert into decisions (kind, subject_id, partner, reservation_id, decided_at) values ('REVOKE', 1, 'house', 1, now() - interval '84 s')`);
    await ledger.query(`
      alter table payments disable trigger all;
      alter table transfers disable trigger all;
      alter table entries disable trigger all;
      update payments set amount = 140, refund_id = 1, refunded_amount = 40 where id = 1;
      update transfers set amount = 140 where id = 2;
      update entries set amount = sign(amount) * 140 where transfer_id = 2;
      update entries set balance_after = 860 where transfer_id = 2 and account_id = 1;
      insert into refunds (payment_id, amount, seat_ids, closing) values (1, 40, '{3}', false);
      insert into transfers (kind, state, amount, debit_account, credit_account, payment_id, refund_id, resolved_at)
      values ('REFUND', 'POSTED', 40, 3, 1, 1, 1, now());
      insert into entries (transfer_id, account_id, amount, balance_after) values (3, 3, -40, null), (3, 1, 40, 900);
      update refunds set status = 'REFUNDED'`);
  }

  test.each([
    ['one database', together],
    ['three', apart],
  ])('is well when both sides tell of the same, in %s', async (_, open) => {
    const databases = await open();
    await tellStory(databases);
    await refundSome(databases);
    expect(violated(await checkInvariants({ databases, running: true }))).toEqual([]);
  });

  test.each([
    ['of another seat', ['I9-refunded'], `update refunds set seat_ids = '{1}'`],
    ['of another amount', ['I4-refund', 'I4-refunded', 'I9-refunded'], `update refunds set amount = 39`],
    ['that was rejected', ['I4-refund', 'I4-refunded', 'I9-refunded'], `update refunds set status = 'REJECTED'`],
  ] as const)('is caught when the Ledger tells of one %s', async (_, caught, sql) => {
    const databases = await together();
    await tellStory(databases);
    await refundSome(databases);
    await unguard(databases);
    await databases.ledger.query(sql);
    expect(violated(await checkInvariants({ databases, running: true }))).toEqual(caught);
  });

  test('is caught when somebody held the seat before it was opened', async () => {
    const databases = await together();
    await tellStory(databases);
    await refundSome(databases);
    await databases.inventory.query(`update decisions set decided_at = now() where kind = 'REVOKE'`);
    expect(violated(await checkInvariants({ databases, running: true }))).toEqual(['I7']);
  });
});
