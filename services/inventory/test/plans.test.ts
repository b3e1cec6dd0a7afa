import { afterAll, beforeAll, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { withIndexPlans } from '@boxoffice/runtime/database/index-plans';
import { migrations, schema } from '../migrations/index.ts';
import { readActions } from '@boxoffice/runtime/database/actions';
import { readOutbox } from '@boxoffice/runtime/events/measure-events';
import { countRemaining } from '../sql/count-remaining.ts';
import { countSeats } from '../sql/count-seats.ts';
import { listPendingReservations, listReservations } from '../sql/list-reservations.ts';
import { listSchedulesOfConcert, listSchedulesOfDay } from '../sql/list-schedules.ts';
import { measureOverdueHolds, measureSeats } from '../sql/measure-seats.ts';
import { sweepExpiredHolds } from '../sql/sweep-expired-holds.ts';

const reservations = 20_000;

/**
 * The connections of this service plan a statement once, for any parameters, and as a rule when the tables are empty. So the
 * plan has to be a good one there, and with rows: few members have most of them, and the newest are pending.
 */
let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase({ schema, migrations });
  pool = openPool({ url: withIndexPlans(database.url), schema, applicationName: 'plans test', max: 2 });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const fill = `
  set local session_replication_role = replica;
  insert into concerts (name, description, venue) select 'Concert ' || n, '', '' from generate_series(1, 2000) n;
  insert into schedules (concert_id, day, booking_opens_at, booking_closes_at, hold_duration_ms, total_seats)
    select 1 + n % 2000, date '2099-01-01' + n % 5, now(), 'infinity', 1000, 5 from generate_series(1, 4000) n;
  insert into seats (schedule_id, section, row_label, number, price)
    select 1 + n / 5, 'General', 'A', 1 + n % 5, 1 from generate_series(0, 19999) n;
  insert into reservations (partner, member_id, schedule_id, amount, created_at, expires_at, status, ended_at)
    select 'house', 'member-' || floor(40 * power(random(), 3)), 1 + n / 5, 1, now() - interval '1 h',
      now() + case when n > ${reservations} - 200 then 1 else -1 end * interval '1 min',
      case when n > ${reservations} - 400 then 'PENDING' else 'EXPIRED' end,
      case when n > ${reservations} - 400 then null else now() end
    from generate_series(0, ${reservations} - 1) n;
  insert into operator_actions (operator, action, subject, details)
    select 'operator', 'Test', 'tests/' || n, '{}' from generate_series(1, 5000) n;
  insert into reservation_seats (reservation_id, seat_id, price)
    select n, n, 1 from generate_series(1, ${reservations}) n;`;

async function planOf({ text }: { readonly text: string }): Promise<string> {
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (generic_plan, costs off) ${text}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

const questions = [
  { what: 'holds that have run out', asked: sweepExpiredHolds, index: 'reservations_pending_by_end' },
  { what: 'a member’s reservations', asked: listReservations, index: 'reservations_of_member' },
  { what: 'a member’s pending reservations', asked: listPendingReservations, index: 'reservations_pending_of_member' },
  { what: 'the dates of a day', asked: listSchedulesOfDay, index: 'schedules_of_day' },
  { what: 'the dates of a concert', asked: listSchedulesOfConcert, index: 'schedules_of_concert' },
  { what: 'the seats that remain of a date', asked: countRemaining, index: 'seats_open' },
  { what: 'the seats of a date by state', asked: countSeats, index: 'seats_held' },
  { what: 'the dates whose seats are measured', asked: measureSeats, index: 'schedules_of_day' },
  { what: 'the seats of these', asked: measureSeats, index: 'seats_open' },
  {
    what: 'the hold that the sweeper should see to first',
    asked: measureOverdueHolds,
    index: 'reservations_pending_by_end',
  },
  { what: 'the events that wait', asked: readOutbox, index: 'outbox_pkey' },
  { what: 'what operators did', asked: readActions, index: 'operator_actions_pkey' },
];

describe.each([['empty'], ['full']])('on %s tables', (state) => {
  beforeAll(async () => {
    if (state === 'empty') return;
    await pool.query(`begin; ${fill}; commit`);
    await pool.query('vacuum analyze');
  });

  test.each(questions)('$what are found by $index', async ({ asked, index }) => {
    const plan = await planOf(asked);
    expect(plan).toMatch(new RegExp(`Index (Only )?Scan (Backward )?using ${index} on`));
    expect(plan).not.toContain('Seq Scan');
  });

  test.each(questions)('the page of $what is read in the order of its index', async ({ asked }) => {
    // What is sorted is the page, never what it is taken from.
    for (const [, below] of (await planOf(asked)).matchAll(
      /CTE (?:page|expired)\n([\s\S]*?)(?=\n {2}CTE|\n {2}->|$)/g,
    )) {
      expect(below).toContain('Limit');
      expect(below).not.toContain('Sort');
    }
  });
});
