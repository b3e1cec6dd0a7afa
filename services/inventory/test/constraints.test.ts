import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@boxoffice/runtime/testing/tests';
import { sqlState } from '@boxoffice/runtime/database/failure';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { migrations, schema } from '../migrations/index.ts';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase({ schema, migrations });
  pool = openPool({ url: database.url, schema, applicationName: 'constraints' });
  await pool.query(`insert into concerts (name, description, venue) values ('C', '', '')`);
  await pool.query(`
    insert into schedules (concert_id, day, booking_opens_at, booking_closes_at, hold_duration_ms, total_seats)
    values (1, '2099-12-24', now(), now() + interval '1 day', 300000, 4)`);
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** Seats 1 to 4, all open; reservations 1 and 2, pending, that list seat 1 and nothing else. */
beforeEach(async () => {
  await pool.query('truncate seats, reservations, reservation_seats, decisions, requests restart identity');
  await pool.query(`
    insert into seats (schedule_id, section, row_label, number, price) select 1, 'S', 'A', n, 10 from generate_series(1, 4) n`);
  await pool.query(`
    insert into reservations (partner, member_id, schedule_id, amount, created_at, expires_at)
    select 'house', 'm', 1, 10, '2026-01-01 12:00Z', '2026-01-01 12:05Z' from generate_series(1, 2)`);
  await pool.query('insert into reservation_seats (reservation_id, seat_id, price) values (1, 1, 10), (2, 1, 10)');
});

const check = '23514';
const unique = '23505';
const foreignKey = '23503';

async function stateOf(sql: string): Promise<string> {
  return pool.query(sql).then(
    () => 'allowed',
    (error: unknown) => sqlState(error) ?? String(error),
  );
}

describe('a seat', () => {
  test('is held for a reservation that lists it, until a time', async () => {
    expect(await stateOf(`update seats set state = 'HELD', reservation_id = 1, held_until = now() where id = 1`)).toBe(
      'allowed',
    );
    expect(await stateOf(`update seats set state = 'SOLD', held_until = null where id = 1`)).toBe('allowed');
    expect(await stateOf(`update seats set state = 'OPEN', reservation_id = null where id = 1`)).toBe('allowed');
  });

  test.each([
    ['is held for nobody', `state = 'HELD', held_until = now()`, check],
    ['is held for ever', `state = 'HELD', reservation_id = 1`, check],
    ['is sold to nobody', `state = 'SOLD'`, check],
    ['is sold until a time', `state = 'SOLD', reservation_id = 1, held_until = now()`, check],
    ['is open and has a holder', `reservation_id = 1`, check],
    ['is open until a time', `held_until = now()`, check],
    ['is in no known state', `state = 'LOST'`, check],
    ['has a negative price', `price = -1`, check],
    ['has the place of another', `number = 2`, unique],
    ['is in a row without a letter', `row_label = '1'`, check],
  ])('never %s', async (_, change, state) => {
    expect(await stateOf(`update seats set ${change} where id = 1`)).toBe(state);
  });

  test('is never held for a reservation that does not list it', async () => {
    expect(await stateOf(`update seats set state = 'HELD', reservation_id = 1, held_until = now() where id = 2`)).toBe(
      foreignKey,
    );
    expect(await stateOf(`update seats set state = 'HELD', reservation_id = 9, held_until = now() where id = 1`)).toBe(
      foreignKey,
    );
  });

  test('is never sold twice', async () => {
    expect(await stateOf('update reservation_seats set sold = true where reservation_id = 1')).toBe('allowed');
    expect(await stateOf('update reservation_seats set sold = true where reservation_id = 2')).toBe(unique);
  });

  test('is never sold and refunded, but sold again by others', async () => {
    await pool.query('update reservation_seats set sold = true where reservation_id = 1');
    expect(await stateOf('update reservation_seats set refund_id = 6 where reservation_id = 1')).toBe(check);
    expect(await stateOf('update reservation_seats set sold = false, refund_id = 6 where reservation_id = 1')).toBe(
      'allowed',
    );
    expect(await stateOf('update reservation_seats set sold = true where reservation_id = 2')).toBe('allowed');
  });
});

describe('a reservation', () => {
  const paid = `status = 'CONFIRMED', payment_id = 5, confirmed_at = '2026-01-01 12:04:59.999999Z'`;

  test('is paid, and refunded', async () => {
    expect(await stateOf(`update reservations set ${paid} where id = 1`)).toBe('allowed');
    expect(
      await stateOf(`update reservations set status = 'REFUNDED', refund_id = 6, ended_at = now() where id = 1`),
    ).toBe('allowed');
  });

  test('expires when its time is up, and is cancelled before', async () => {
    expect(
      await stateOf(`update reservations set status = 'EXPIRED', ended_at = '2026-01-01 12:05Z' where id = 1`),
    ).toBe('allowed');
    expect(
      await stateOf(`update reservations set status = 'CANCELLED', ended_at = '2026-01-01 12:04Z' where id = 2`),
    ).toBe('allowed');
  });

  test.each([
    ['is paid when its time is up', `status = 'CONFIRMED', payment_id = 5, confirmed_at = '2026-01-01 12:05Z'`],
    ['is paid before it was made', `status = 'CONFIRMED', payment_id = 5, confirmed_at = '2026-01-01 11:59Z'`],
    ['is paid by nobody', `status = 'CONFIRMED', confirmed_at = '2026-01-01 12:04Z'`],
    ['is paid at no time', `status = 'CONFIRMED', payment_id = 5`],
    ['is pending and paid', `payment_id = 5, confirmed_at = '2026-01-01 12:04Z'`],
    ['is pending and over', `ended_at = now()`],
    ['expires early', `status = 'EXPIRED', ended_at = '2026-01-01 12:04Z'`],
    ['expires at no time', `status = 'EXPIRED'`],
    ['is cancelled when its time is up', `status = 'CANCELLED', ended_at = '2026-01-01 12:05Z'`],
    [
      'is cancelled and paid',
      `status = 'CANCELLED', ended_at = '2026-01-01 12:04Z', payment_id = 5, confirmed_at = '2026-01-01 12:03Z'`,
    ],
    ['is refunded unpaid', `status = 'REFUNDED', refund_id = 6, ended_at = now()`],
    [
      'is refunded by nothing',
      `status = 'REFUNDED', payment_id = 5, confirmed_at = '2026-01-01 12:04Z', ended_at = now()`,
    ],
    ['is extended when its time is up', `extended_at = '2026-01-01 12:06Z'`],
    ['ends before it begins', `expires_at = '2026-01-01 11:00Z'`],
    ['is in no known state', `status = 'LOST'`],
    ['costs less than nothing', `amount = -1`],
    ['is of nobody', `member_id = ''`],
  ])('never %s', async (_, change) => {
    expect(await stateOf(`update reservations set ${change} where id = 1`)).toBe(check);
  });

  test('is never paid by the payment of another, nor refunded by its refund', async () => {
    await pool.query(`update reservations set ${paid} where id = 1`);
    expect(await stateOf(`update reservations set ${paid} where id = 2`)).toBe(unique);
    await pool.query(`update reservations set status = 'REFUNDED', refund_id = 6, ended_at = now() where id = 1`);
    await pool.query(`update reservations set ${paid.replace('5', '7')} where id = 2`);
    const refund = `update reservations set status = 'REFUNDED', refund_id = 6, ended_at = now() where id = 2`;
    expect(await stateOf(refund)).toBe(unique);
  });
});

describe('a decision', () => {
  const insert = (kind: string, subject: number, reservation: number, reason: string): string =>
    `insert into decisions (kind, subject_id, partner, reservation_id, rejection_reason, decided_at)
     values ('${kind}', ${subject}, 'house', ${reservation}, ${reason}, now())`;

  test('is made once a payment and once a refund', async () => {
    expect(await stateOf(insert('CONFIRM', 1, 1, 'null'))).toBe('allowed');
    expect(await stateOf(insert('CONFIRM', 1, 2, 'null'))).toBe(unique);
    expect(await stateOf(insert('REVOKE', 1, 1, 'null'))).toBe('allowed');
  });

  test('revokes a reservation in as many parts as there are refunds', async () => {
    expect(await stateOf(insert('REVOKE', 1, 1, 'null'))).toBe('allowed');
    expect(await stateOf(insert('REVOKE', 2, 1, 'null'))).toBe('allowed');
  });

  test('for a reservation is made once, and rejected any number of times', async () => {
    await pool.query(insert('CONFIRM', 1, 1, 'null'));
    expect(await stateOf(insert('CONFIRM', 2, 1, `'RESERVATION_PAID'`))).toBe('allowed');
    expect(await stateOf(insert('CONFIRM', 3, 1, `'RESERVATION_PAID'`))).toBe('allowed');
    expect(await stateOf(insert('CONFIRM', 4, 1, 'null'))).toBe(unique);
  });
});

describe('a schedule', () => {
  const insert = (change: string): string => `
    insert into schedules (concert_id, day, booking_opens_at, booking_closes_at, hold_duration_ms, total_seats, state, cancelled_at)
    select ${change} from (select 1 as concert, date '2099-12-24' as day, now() as opens, now() + interval '1 day' as closes) x`;

  test.each([
    ['closes before it opens', `concert, day, closes, opens, 1000, 1, 'ON_SALE', null`, check],
    ['is called off at no time', `concert, day, opens, closes, 1000, 1, 'CANCELLED', null`, check],
    ['is on sale and called off', `concert, day, opens, closes, 1000, 1, 'ON_SALE', now()`, check],
    ['has holds of less than a second', `concert, day, opens, closes, 999, 1, 'ON_SALE', null`, check],
    ['has no seats', `concert, day, opens, closes, 1000, 0, 'ON_SALE', null`, check],
    ['has more than 20,000 seats', `concert, day, opens, closes, 1000, 20001, 'ON_SALE', null`, check],
    ['is of no concert', `99, day, opens, closes, 1000, 1, 'ON_SALE', null`, foreignKey],
  ])('never %s', async (_, change, state) => {
    expect(await stateOf(insert(change))).toBe(state);
  });
});
