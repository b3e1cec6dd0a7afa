import type { Pool } from '@boxoffice/runtime/database/pool';
import { housePartner } from '@boxoffice/runtime/identity';

import type { Fact, Promises } from '../demo/journal.ts';
import type { Databases } from './databases.ts';

/** How a promise of one kind is compared with the tables. */
interface Comparison {
  readonly kind: Fact['kind'];
  readonly schema: 'queue' | 'inventory' | 'ledger';
  /** The promise's fields with their types. */
  readonly fields: string;
  /** Gives those that were not kept; the promises are called `promise`, `$2` is the partner. */
  readonly broken: string;
}

const comparisons: readonly Comparison[] = [
  {
    kind: 'account',
    schema: 'ledger',
    fields: '"memberId" text',
    broken: `
      select promise.*, accounts.id as account
      from promise left join accounts on accounts.partner = $2 and accounts.member_id = promise."memberId"
      where accounts.id is null`,
  },
  {
    kind: 'charge',
    schema: 'ledger',
    fields: '"memberId" text, "transferId" bigint, amount bigint',
    // Each exactly once: what a member was charged is what was acknowledged.
    broken: `
      select promise.*, transfers.state, transfers.amount as found, total.posted
      from (select *, sum(amount) over (partition by "memberId") as sum from promise) promise
      left join transfers on transfers.id = promise."transferId" and transfers.kind = 'CHARGE'
      left join accounts on accounts.id = transfers.credit_account
      left join lateral (
        select sum(entries.amount) as posted
        from entries join transfers charge on charge.id = entries.transfer_id and charge.kind = 'CHARGE'
        where entries.account_id = accounts.id
      ) total on true
      where (accounts.partner, accounts.member_id, transfers.amount, transfers.state)
          is distinct from ($2, promise."memberId", promise.amount, 'POSTED')
        or total.posted is distinct from promise.sum`,
  },
  {
    kind: 'ticket',
    schema: 'queue',
    fields: '"scheduleId" bigint, number bigint, "memberId" text',
    broken: `
      select promise.*, tickets.member_id as found
      from promise
      left join tickets on tickets.schedule_id = promise."scheduleId" and tickets.number = promise.number
      where (tickets.partner, tickets.member_id) is distinct from ($2, promise."memberId")`,
  },
  {
    kind: 'left',
    schema: 'queue',
    fields: '"scheduleId" bigint, number bigint',
    broken: `
      select promise.*, tickets.status as found
      from promise
      left join tickets on tickets.schedule_id = promise."scheduleId" and tickets.number = promise.number
      where tickets.ended_at is null and $2 <> ''`,
  },
  {
    kind: 'hold',
    schema: 'inventory',
    fields: '"reservationId" bigint, "memberId" text, amount bigint, seats bigint',
    broken: `
      select promise.*, reservations.status, reservations.member_id as found, listed.seats as listed
      from promise
      left join reservations on reservations.id = promise."reservationId"
      left join lateral (
        select count(*) as seats from reservation_seats where reservation_id = reservations.id
      ) listed on true
      where (reservations.partner, reservations.member_id, reservations.amount, listed.seats)
        is distinct from ($2, promise."memberId", promise.amount, promise.seats)`,
  },
  {
    kind: 'released',
    schema: 'inventory',
    fields: '"reservationId" bigint',
    broken: `
      select promise.*, reservations.status as found
      from promise left join reservations on reservations.id = promise."reservationId" and reservations.partner = $2
      where reservations.status is null or reservations.status not in ('CANCELLED', 'EXPIRED')`,
  },
  {
    kind: 'payment',
    schema: 'ledger',
    fields: '"paymentId" bigint, "reservationId" bigint, "memberId" text, amount bigint',
    broken: `
      select promise.*, payments.status as found
      from promise left join payments on payments.id = promise."paymentId"
      where (payments.partner, payments.member_id, payments.reservation_id, payments.amount)
          is distinct from ($2, promise."memberId", promise."reservationId", promise.amount)
        or payments.status not in ('PAID', 'REFUNDING', 'REFUNDED')`,
  },
];

const batchSize = 5_000;

/** Compares what answers have promised with what is there; gives the promises that were not kept, at most `limit`. */
export async function brokenPromises(
  databases: Databases,
  { facts }: Promises,
  limit: number,
): Promise<Record<string, unknown>[]> {
  const broken: Record<string, unknown>[] = [];
  const byKind = Map.groupBy(facts, ({ kind }) => kind);
  for (const comparison of comparisons) {
    const promised = byKind.get(comparison.kind) ?? [];
    for (let from = 0; from < promised.length && broken.length < limit; from += batchSize) {
      const rows = await compare(
        databases[comparison.schema],
        comparison,
        promised.slice(from, from + batchSize),
        limit,
      );
      broken.push(...rows.map((row) => ({ promise: comparison.kind, ...row })));
    }
  }
  return broken.slice(0, limit);
}

async function compare(
  pool: Pool,
  { fields, broken }: Comparison,
  promised: readonly Fact[],
  limit: number,
): Promise<Record<string, unknown>[]> {
  const { rows } = await pool.query<Record<string, unknown>>(
    `with promise as materialized (select * from json_to_recordset($1) as promise (${fields}))
     select * from (${broken}) as broken limit ${limit}`,
    [JSON.stringify(promised), housePartner],
  );
  return rows;
}
