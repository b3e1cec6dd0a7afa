import type { Pool } from '@boxoffice/runtime/database/pool';
import { Groups, type Grouped } from '@boxoffice/runtime/groups';

import { readStandings } from './read-standings.ts';
import type { StandingRow } from './sql/describe-tickets.ts';

/** Tickets in one read at most. */
const groupMax = 512;

/** Reads how tickets stand, in groups: thousands of questions a second cost some hundred reads. */
export class Standings {
  readonly #groups: Groups<bigint, bigint, StandingRow | undefined>;

  constructor(pool: Pool) {
    this.#groups = new Groups({ groupMax, run: (scheduleId, group) => read(pool, scheduleId, group) });
  }

  /**
   * How a ticket stands, read after the call was made; undefined when there is none.
   *
   * @throws ServiceError BUSY when too many wait already; what the database throws.
   */
  of(scheduleId: bigint, number: bigint): Promise<StandingRow | undefined> {
    return this.#groups.add(scheduleId, number);
  }
}

async function read(
  pool: Pool,
  scheduleId: bigint,
  group: readonly Grouped<bigint, StandingRow | undefined>[],
): Promise<void> {
  const numbers = [...new Set(group.map(({ item }) => item))];
  const rows = await readStandings(pool, scheduleId, numbers);
  const byNumber = new Map(rows.map((row) => [row.number, row]));
  for (const { item, resolve } of group) resolve(byNumber.get(item));
}
