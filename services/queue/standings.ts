import type { Pool } from '@boxoffice/runtime/database/pool';

import { readStandings } from './read-standings.ts';
import type { StandingRow } from './sql/describe-tickets.ts';

interface Asked {
  readonly number: bigint;
  readonly result: PromiseWithResolvers<StandingRow | undefined>;
}

/** Tickets in one read at most. */
const groupMax = 512;

/**
 * Reads how tickets stand, in groups: whoever asks while a read of the queue is under way is in the next one. A single
 * question waits for nothing, and thousands a second cost some hundred reads.
 */
export class Standings {
  readonly #pool: Pool;
  readonly #asked = new Map<bigint, Asked[]>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** How a ticket stands, read after the call was made; undefined when there is none. */
  async of(scheduleId: bigint, number: bigint): Promise<StandingRow | undefined> {
    const asked: Asked = { number, result: Promise.withResolvers() };
    const line = this.#asked.get(scheduleId);
    if (line === undefined) {
      this.#asked.set(scheduleId, [asked]);
      void this.#readAll(scheduleId);
    } else {
      line.push(asked);
    }
    return asked.result.promise;
  }

  async #readAll(scheduleId: bigint): Promise<void> {
    await Promise.resolve();
    for (;;) {
      const group = this.#asked.get(scheduleId)?.splice(0, groupMax) ?? [];
      if (group.length === 0) break;
      await this.#read(scheduleId, group);
    }
    this.#asked.delete(scheduleId);
  }

  async #read(scheduleId: bigint, group: readonly Asked[]): Promise<void> {
    try {
      const numbers = [...new Set(group.map(({ number }) => number))];
      const rows = await readStandings(this.#pool, scheduleId, numbers);
      const byNumber = new Map(rows.map((row) => [row.number, row]));
      for (const { number, result } of group) result.resolve(byNumber.get(number));
    } catch (error) {
      for (const { result } of group) result.reject(error);
    }
  }
}
