import type { Databases } from '@boxoffice/local/verify/databases';

const services = ['queue', 'inventory', 'ledger'] as const;
/** More than any sale gives in the time that a restore goes back; 2^53 has room for nine hundred million times as many. */
export const numbersSkipped = 10_000_000n;

/**
 * Goes on with numbers that nobody has seen. A sequence goes back with its database, and would give numbers again that were
 * told: to partners, and to the other services where those were taken back less far. Inventory keeps what it decided by the
 * number of the payment, so that a new payment with the number of a lost one would never be decided; and the Ledger takes a
 * new reservation with the number of a lost one for paid.
 *
 * Numbers of tickets are dense and given again; a ticket is named by its random id besides.
 *
 * @returns how many sequences were moved.
 */
export async function skipNumbers(databases: Databases): Promise<number> {
  let moved = 0;
  for (const service of services) {
    // Those of migrations are of integers, and nobody's business.
    const { rowCount } = await databases[service].query(
      `select setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, 0) + $1::bigint)
       from pg_sequences where schemaname = current_schema and data_type = 'bigint'::regtype`,
      [numbersSkipped],
    );
    moved += rowCount ?? 0;
  }
  return moved;
}
