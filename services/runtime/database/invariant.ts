import type { Pool } from './pool.ts';

/** Something that must hold in a schema at every moment. */
export interface Invariant {
  /** Short and unique, such as `I1`. */
  readonly id: string;
  /** What holds, in a sentence. */
  readonly title: string;
  /** A query without parameters over the tables of the pool's schema. It returns no row when the invariant holds. */
  readonly sql: string;
}

/** An invariant that does not hold, and some of the rows that show it. */
export interface Violation {
  readonly invariant: Invariant;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Enough to see what is wrong. */
const rowsMax = 20;

/**
 * Checks invariants, one after the other, each in one statement and so at one moment. Reads whole tables: on a large schema,
 * use a pool with a long statement timeout.
 *
 * @returns those that do not hold, each with at most 20 rows; empty when all hold.
 */
export async function violations(pool: Pool, invariants: readonly Invariant[]): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const invariant of invariants) {
    const { rows } = await pool.query<Record<string, unknown>>(
      `select * from (${invariant.sql}) as v limit ${rowsMax}`,
    );
    if (rows.length > 0) found.push({ invariant, rows });
  }
  return found;
}
