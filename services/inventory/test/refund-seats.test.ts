import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { violations } from '@boxoffice/runtime/database/invariant';
import { migrate } from '@boxoffice/runtime/database/migrate';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { invariants } from '../invariants.ts';
import { CreateInventory } from '../migrations/create-inventory.ts';
import { migrations, schema } from '../migrations/index.ts';

/** A reservation that was refunded, and a later one of the same seat that is paid. */
const before = `
  insert into concerts (name, description, venue) values ('Concert', '', '');
  insert into schedules (concert_id, day, booking_opens_at, booking_closes_at, hold_duration_ms, total_seats)
  values (1, current_date + 1, now() - interval '1 day', now() + interval '1 day', 60000, 1);
  insert into seats (schedule_id, section, row_label, number, price) values (1, 'A', 'A', 1, 100);
  insert into reservations (partner, member_id, schedule_id, status, amount, created_at, expires_at, confirmed_at,
    payment_id, ended_at, refund_id)
  values
    ('house', 'm1', 1, 'REFUNDED', 100, now() - interval '99 s', now() - interval '39 s', now() - interval '98 s', 1,
      now() - interval '97 s', 1),
    ('house', 'm2', 1, 'CONFIRMED', 100, now() - interval '90 s', now() - interval '30 s', now() - interval '89 s', 2,
      null, null);
  insert into reservation_seats (reservation_id, seat_id, price, sold) values (1, 1, 100, false), (2, 1, 100, true);
  update seats set state = 'SOLD', reservation_id = 2;
  insert into decisions (kind, subject_id, partner, reservation_id, decided_at)
  values ('CONFIRM', 1, 'house', 1, now() - interval '98 s'), ('REVOKE', 1, 'house', 1, now() - interval '97 s'),
    ('CONFIRM', 2, 'house', 2, now() - interval '89 s')`;

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase({ schema, migrations: [CreateInventory] });
  pool = openPool({ url: database.url, schema, applicationName: 'refund seats test' });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test('the seats of what was refunded before know their refund, and what was true stays so', async () => {
  await pool.query(before);
  await migrate({ url: database.url, schema, migrations });
  const { rows } = await pool.query('select reservation_id, refund_id from reservation_seats order by 1');
  expect(rows).toEqual([
    { reservation_id: 1n, refund_id: 1n },
    { reservation_id: 2n, refund_id: null },
  ]);
  expect(await violations(pool, invariants)).toEqual([]);
});
