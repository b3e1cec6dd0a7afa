import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { sqlState } from '@boxoffice/runtime/database/failure';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { migrations, schema } from '../migrations/index.ts';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase({ schema, migrations });
  pool = openPool({ url: database.url, schema, applicationName: 'constraints test' });
  await pool.query(queue(1));
  await pool.query('insert into tails (schedule_id) values (1)');
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

function queue(scheduleId: number, columns: Record<string, string> = {}): string {
  const values = {
    schedule_id: String(scheduleId),
    state: `'OPEN'`,
    max_active: '0',
    admit_count: '0',
    admit_interval_ms: '0',
    active_ttl_ms: '1000',
    presence_ttl_ms: '0',
    opens_at: 'now()',
    ...columns,
  };
  return `insert into queues (${Object.keys(values).join(', ')}) values (${Object.values(values).join(', ')})`;
}

let lastNumber = 0;
function ticket(columns: Record<string, string>): string {
  lastNumber += 1;
  const values = {
    schedule_id: '1',
    number: String(lastNumber),
    place: String(lastNumber),
    partner: `'house'`,
    member_id: `'member ${lastNumber}'`,
    joined_at: 'now()',
    ...columns,
  };
  return `insert into tickets (${Object.keys(values).join(', ')}) values (${Object.values(values).join(', ')})`;
}

const admitted = { status: `'ADMITTED'`, admitted_at: 'now()', admitted_until: `now() + interval '1 s'` };
const ended = { ended_at: 'now()' };

/** The name of the constraint that a statement breaks; `none` when it passes. */
async function broken(text: string): Promise<unknown> {
  try {
    await pool.query(text);
    return 'none';
  } catch (error) {
    expect(['23514', '23505', '23503', '23502']).toContain(sqlState(error));
    return error instanceof Error && 'constraint' in error ? error.constraint : error;
  }
}

describe('tickets', () => {
  test('of every state of the machine are accepted', async () => {
    for (const columns of [
      {},
      admitted,
      { place: 'null' },
      { status: `'LEFT'`, ...ended },
      { status: `'LEFT'`, place: 'null', ...ended },
      { ...admitted, status: `'LEFT'`, ...ended },
      { ...admitted, status: `'EXPIRED'`, ...ended },
      { ...admitted, status: `'COMPLETED'`, payment_id: '1', ...ended },
    ]) {
      expect(await broken(ticket(columns))).toBe('none');
    }
  });

  test('that contradict themselves are refused', async () => {
    const cases: [string, Record<string, string>][] = [
      ['tickets_status_check', { status: `'GONE'`, ...ended }],
      ['tickets_number_check', { number: '0' }],
      ['tickets_waits_unadmitted', { ...admitted, status: `'WAITING'` }],
      ['tickets_admitted_once', { status: `'ADMITTED'` }],
      ['tickets_admitted_once', { status: `'EXPIRED'`, ...ended }],
      ['tickets_admitted_for_a_time', { status: `'LEFT'`, admitted_at: 'now()', ...ended }],
      ['tickets_admitted_for_a_time', { ...admitted, admitted_until: 'now()' }],
      ['tickets_over_has_an_end', { status: `'LEFT'` }],
      ['tickets_over_has_an_end', { ...admitted, ...ended }],
      ['tickets_completed_by_payment', { ...admitted, ...ended, status: `'COMPLETED'` }],
      ['tickets_completed_by_payment', { ...admitted, payment_id: '1' }],
      ['tickets_placed', { ...admitted, place: 'null' }],
      ['tickets_place_check', { place: '0' }],
      ['tickets_forget_address', { status: `'LEFT'`, ...ended, address: `'192.0.2.1'` }],
      ['tickets_partner_check', { partner: `''` }],
      ['tickets_member_id_check', { member_id: `''` }],
    ];
    for (const [constraint, columns] of cases) {
      expect([columns, await broken(ticket(columns))]).toEqual([columns, constraint]);
    }
  });

  test('are one a member and queue while they live', async () => {
    const member = { member_id: `'twice'` };
    expect(await broken(ticket({ ...member, status: `'LEFT'`, ...ended }))).toBe('none');
    expect(await broken(ticket(member))).toBe('none');
    expect(await broken(ticket({ ...member, ...admitted }))).toBe('tickets_live');
    expect(await broken(ticket({ ...member, partner: `'acme'` }))).toBe('none');
    expect(await broken(ticket({ ...member, schedule_id: '2' }))).toBe('none');
    expect(await broken(ticket({ number: '1' }))).toBe('tickets_pkey');
  });
});

describe('queues', () => {
  test('keep their policy within its limits', async () => {
    const cases: [string, Record<string, string>][] = [
      ['queues_schedule_id_check', { schedule_id: '0' }],
      ['queues_state_check', { state: `'HALF'` }],
      ['queues_max_active_check', { max_active: '-1' }],
      ['queues_admit_count_check', { admit_count: '1000001', admit_interval_ms: '1' }],
      ['queues_rate', { admit_count: '1' }],
      ['queues_active_ttl_ms_check', { active_ttl_ms: '0' }],
      ['queues_presence_ttl_ms_check', { presence_ttl_ms: '86400001' }],
      ['queues_check', { admitted_total: '1' }],
      ['queues_lobby', { lobby: 'true' }],
      ['queues_lobby', { state: `'PAUSED'`, lobby: 'true', drawn_count: '3' }],
      ['queues_lobby', { state: `'PAUSED'`, lobby: 'true', served_through: '3' }],
      ['queues_drawn_count_check', { drawn_count: '-1' }],
      ['queues_pkey', { schedule_id: '1' }],
    ];
    for (const [constraint, columns] of cases) {
      expect([columns, await broken(queue(2, columns))]).toEqual([columns, constraint]);
    }
  });
});

describe('changes', () => {
  test('have the shape of their kind', async () => {
    const change = (revision: number, columns: string, values: string): string =>
      `insert into changes (schedule_id, revision, ${columns}) values (1, ${revision}, ${values})`;
    expect(await broken(change(1, 'kind, through, count', `'ADMITTED', 5, 2`))).toBe('none');
    expect(await broken(change(1, 'kind, numbers', `'LEFT', '{6}'`))).toBe('changes_pkey');
    expect(await broken(change(2, 'kind, through', `'ADMITTED', 5`))).toBe('changes_shape');
    expect(await broken(change(2, 'kind, through, count', `'ADMITTED', 5, 0`))).toBe('changes_admits_somebody');
    expect(await broken(change(2, 'kind', `'LEFT'`))).toBe('changes_shape');
    expect(await broken(change(2, 'kind, numbers', `'ENDED', '{}'`))).toBe('changes_names_somebody');
    expect(await broken(change(2, 'kind, numbers, state', `'ENDED', '{1}', 'OPEN'`))).toBe('changes_shape');
    expect(await broken(change(2, 'kind, state', `'STATE', 'HALF'`))).toBe('changes_state_check');
    expect(
      await broken("insert into changes (schedule_id, revision, kind, state) values (9, 1, 'STATE', 'OPEN')"),
    ).toBe('changes_schedule_id_fkey');
  });
});
