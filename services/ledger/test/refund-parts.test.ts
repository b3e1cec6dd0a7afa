import { afterAll, beforeAll, expect, test } from '@boxoffice/runtime/testing/tests';
import { violations } from '@boxoffice/runtime/database/invariant';
import { migrate } from '@boxoffice/runtime/database/migrate';
import { openPool, type Pool } from '@boxoffice/runtime/database/pool';
import { testDatabase, type TestDatabase } from '@boxoffice/runtime/testing/database';

import { invariants } from '../invariants.ts';
import { CreateLedger } from '../migrations/create-ledger.ts';
import { migrations, schema } from '../migrations/index.ts';

/** A payment never refunded, one whose refund was rejected, one that is being refunded, one that is refunded. */
const before = `
  insert into accounts (kind, partner, member_id, schedule_id, currency, posted, held, incoming) values
    ('MEMBER', 'house', 'm', null, 'KRW', 1000, 0, 0), ('TOP_UP', 'house', null, null, 'KRW', null, null, null),
    ('REVENUE', null, null, 7, 'KRW', null, null, null);
  insert into transfers (kind, state, amount, debit_account, credit_account, resolved_at)
  values ('CHARGE', 'POSTED', 1000, 2, 1, now());
  insert into entries (transfer_id, account_id, amount, balance_after) values (1, 2, -1000, null), (1, 1, 1000, 1000);

  insert into payments (partner, member_id, account_id, reservation_id, schedule_id, ticket_number, ticket_id, amount,
    currency, status, lease_until)
  select 'house', 'm', 1, n, 7, n, gen_random_uuid(), 100, 'KRW', 'RESERVED', now() from generate_series(1, 4) n;
  insert into transfers (kind, state, amount, debit_account, credit_account, payment_id)
  select 'PAYMENT', 'PENDING', 100, 1, 3, id from payments order by id;
  update transfers set state = 'POSTED', resolved_at = now() where state = 'PENDING';
  insert into entries (transfer_id, account_id, amount, balance_after)
  select id, side.account, side.amount, side.balance
  from transfers, lateral (values (1, -100, 1000 - payment_id * 100), (3, 100, null)) as side (account, amount, balance)
  where kind = 'PAYMENT' order by id;
  update payments set status = 'PAID', lease_until = null;
  update payments set status = 'REFUNDING', refund_id = nextval('refund_ids'), lease_until = now() where id > 1;
  update payments set status = 'PAID', reason = 'RESERVATION_NOT_PAID', lease_until = null where id = 2;

  update payments set status = 'REFUNDED', lease_until = null where id = 4;
  insert into transfers (kind, state, amount, debit_account, credit_account, payment_id, resolved_at)
  values ('REFUND', 'POSTED', 100, 3, 1, 4, now());
  insert into entries (transfer_id, account_id, amount, balance_after) values (6, 3, -100, null), (6, 1, 100, 700);
  update accounts set posted = 700, incoming = 100 where id = 1;
`;

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await testDatabase({ schema, migrations: [CreateLedger] });
  pool = openPool({ url: database.url, schema, applicationName: 'refund parts test' });
});
afterAll(async () => {
  await pool[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

test('the refunds that payments had become rows, and what was true stays so', async () => {
  await pool.query(before);
  await migrate({ url: database.url, schema, migrations });
  const { rows } = await pool.query(
    `select payments.id, payments.refunded_amount, refunds.id = payments.refund_id as latest, refunds.amount, seat_ids, closing,
       refunds.status, refunds.reason, transfers.refund_id = refunds.id as moved
     from payments left join refunds on refunds.payment_id = payments.id
     left join transfers on transfers.payment_id = payments.id and kind = 'REFUND'
     order by payments.id`,
  );
  const whole = { latest: true, amount: 100n, seat_ids: [], closing: true, reason: '' };
  expect(rows).toMatchObject([
    { id: 1n, refunded_amount: 0n, latest: null },
    { id: 2n, refunded_amount: 0n, ...whole, status: 'REJECTED', reason: 'RESERVATION_NOT_PAID', moved: null },
    { id: 3n, refunded_amount: 0n, ...whole, status: 'PENDING', moved: null },
    { id: 4n, refunded_amount: 100n, ...whole, status: 'REFUNDED', moved: true },
  ]);
  expect(await violations(pool, invariants)).toEqual([]);
  // The next refund has an id that none had before.
  const next = await pool.query<{ id: bigint }>(`select nextval('refund_ids') as id`);
  expect(next.rows).toEqual([{ id: 4n }]);
});
