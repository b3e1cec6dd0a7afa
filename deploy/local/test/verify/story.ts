import type { Databases } from '../../verify/databases.ts';

/** Five members at a date of three seats: one has paid, one let a hold run out, one left the line, one holds, one waits. */
const queue = `
  insert into queues (schedule_id, state, max_active, admit_count, admit_interval_ms, active_ttl_ms, presence_ttl_ms,
    opens_at, revision, served_through, admitted_total, left_total, created_at)
  values (1, 'OPEN', 2, 2, 1000, 60000, 0, now() - interval '100 s', 5, 4, 3, 1, now() - interval '100 s');
  update queues set policy_since = now() - interval '100 s';
  insert into tails (schedule_id, last_number) values (1, 5);
  insert into tickets (schedule_id, number, place, ticket_id, partner, member_id, status, joined_at, admitted_at, admitted_until,
    ended_at, payment_id)
  select 1, number, number, gen_random_uuid(), 'house', 'm' || number, status, now() - interval '99 s',
    now() - admitted * interval '1 s', now() - (admitted - 60) * interval '1 s', now() - ended * interval '1 s', payment
  from (values (1, 'COMPLETED', 90, 85, 1), (2, 'EXPIRED', 90, 30, null), (3, 'LEFT', null, 87, null),
    (4, 'ADMITTED', 84, null, null), (5, 'WAITING', null, null, null)
  ) as line (number, status, admitted, ended, payment);
  update tickets set admitted_until = now() + interval '60 s' where number = 4;
  insert into changes (schedule_id, revision, changed_at, kind, through, count, numbers) values
    (1, 1, now() - interval '90 s', 'ADMITTED', 2, 2, null), (1, 2, now() - interval '87 s', 'LEFT', null, null, '{3}'),
    (1, 3, now() - interval '85 s', 'ENDED', null, null, '{1}'), (1, 4, now() - interval '84 s', 'ADMITTED', 4, 1, null),
    (1, 5, now() - interval '30 s', 'ENDED', null, null, '{2}')`;

const inventory = `
  insert into concerts (name, description, venue) values ('Concert', '', '');
  insert into schedules (concert_id, day, booking_opens_at, booking_closes_at, hold_duration_ms, total_seats)
  values (1, current_date + 1, now() - interval '1 day', now() + interval '1 day', 60000, 3);
  insert into seats (schedule_id, section, row_label, number, price)
  select 1, 'A', 'A', number, 100 from generate_series(1, 3) number;
  insert into reservations (partner, member_id, schedule_id, status, amount, created_at, expires_at, confirmed_at,
    payment_id, ended_at)
  values
    ('house', 'm1', 1, 'CONFIRMED', 100, now() - interval '89 s', now() - interval '29 s', now() - interval '86 s', 1, null),
    ('house', 'm2', 1, 'EXPIRED', 100, now() - interval '88 s', now() - interval '28 s', null, null, now() - interval '27 s'),
    ('house', 'm4', 1, 'PENDING', 100, now() - interval '10 s', now() + interval '50 s', null, null, null),
    ('house', 'm4', 1, 'CANCELLED', 100, now() - interval '83 s', now() - interval '23 s', null, null, now() - interval '80 s');
  insert into reservation_seats (reservation_id, seat_id, price, sold)
  values (1, 1, 100, true), (2, 2, 100, false), (3, 2, 100, false), (4, 3, 100, false);
  insert into decisions (kind, subject_id, partner, reservation_id, decided_at) values ('CONFIRM', 1, 'house', 1, now());
  update seats set state = 'SOLD', reservation_id = 1 where id = 1;
  update seats set state = 'HELD', reservation_id = 3, held_until = now() + interval '50 s' where id = 2`;

const ledger = (ticketId: string): string => `
  insert into accounts (kind, partner, member_id, schedule_id, currency, posted, held, incoming) values
    ('MEMBER', 'house', 'm1', null, 'KRW', 900, 0, 0), ('TOP_UP', 'house', null, null, 'KRW', null, null, null),
    ('REVENUE', null, null, 1, 'KRW', null, null, null), ('MEMBER', 'house', 'm4', null, 'KRW', 0, 0, 0);
  insert into transfers (kind, state, amount, debit_account, credit_account, resolved_at)
  values ('CHARGE', 'POSTED', 1000, 2, 1, now());
  insert into entries (transfer_id, account_id, amount, balance_after) values (1, 2, -1000, null), (1, 1, 1000, 1000);
  insert into payments (partner, member_id, account_id, reservation_id, schedule_id, ticket_number, ticket_id, amount,
    currency, status, lease_until)
  values ('house', 'm1', 1, 1, 1, 1, '${ticketId}', 100, 'KRW', 'RESERVED', now());
  insert into transfers (kind, state, amount, debit_account, credit_account, payment_id)
  values ('PAYMENT', 'PENDING', 100, 1, 3, 1);
  update transfers set state = 'POSTED', resolved_at = now() where id = 2;
  insert into entries (transfer_id, account_id, amount, balance_after) values (2, 1, -100, 900), (2, 3, 100, null);
  update payments set status = 'PAID', lease_until = null, updated_at = now() - interval '86 s' where id = 1;
  insert into events (position, type, subject, partner, data, occurred_at, ordered_at)
  values (1, 'boxoffice.ledger.payment.paid.v1', 'payments/1', 'house', '{}', now(), now());
  update event_head set position = 1`;

/** Fills empty schemas with the story, all constraints on. */
export async function tellStory(databases: Databases): Promise<void> {
  await databases.queue.query(queue);
  await databases.inventory.query(inventory);
  const { rows } = await databases.queue.query<{ ticket_id: string }>('select ticket_id from tickets where number = 1');
  await databases.ledger.query(ledger(rows[0]?.ticket_id ?? ''));
}

/** Takes away what keeps a schema true: triggers, constraints, unique indexes; all but primary keys, which queries lean on. */
export async function unguard({ queue: a, inventory: b, ledger: c }: Databases): Promise<void> {
  for (const pool of [a, b, c]) {
    await pool.query(`
      do $$ declare it record; begin
        for it in select conrelid::regclass as tab, conname from pg_constraint
          where connamespace = '${pool.schema}'::regnamespace and contype in ('c', 'f', 'u')
          order by contype = 'u'
        loop execute format('alter table %s drop constraint if exists %I cascade', it.tab, it.conname); end loop;
        for it in select indexrelid::regclass as index from pg_index join pg_class on pg_class.oid = indexrelid
          where indisunique and not indisprimary and relnamespace = '${pool.schema}'::regnamespace
        loop execute format('drop index %s', it.index); end loop;
        for it in select oid::regclass as tab from pg_class where relkind = 'r' and relnamespace = '${pool.schema}'::regnamespace
        loop execute format('alter table %s disable trigger all', it.tab); end loop;
      end $$`);
  }
}
