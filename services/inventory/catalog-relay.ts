import { groupsOfConcert, groupsOfSchedule } from '@boxoffice/proto/catalog-groups';
import type { Cache } from '@boxoffice/runtime/cache';
import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';
import { readLog, readWindow } from '@boxoffice/runtime/events/read-events';
import type { Logger } from '@boxoffice/runtime/log';
import type { RedisConnection } from '@boxoffice/runtime/redis/connection';

import { noteTold, takeCatalogTurn } from './sql/catalog-relay.ts';

interface CatalogRelayOptions {
  /** On the Inventory's schema. */
  readonly pool: Pool;
  readonly log: Logger;
  readonly cache: Pick<Cache, 'invalidateSurely' | 'invalidateEverything'>;
  /** Without it there is nobody to be told. */
  readonly redis: Pick<RedisConnection, 'available'> | undefined;
}

/** Positions of the log looked at in one transaction, and changes among them. */
const span = 20_000;
const changesMax = 500;
const pagesMax = 25;

/**
 * Tells all caches of every change of the catalogue, at least once: from the log of events, which has the change if the tables
 * have it. Whoever changes something tells of it at once; but a process may die between its commit and that, or not reach
 * Redis, and what is kept for half a day must not depend on it. `catalog_relay` says how far the log has been told, and goes on
 * only when Redis has taken everything; while it is away, the row waits for it.
 */
export class CatalogRelay {
  readonly #options: CatalogRelayOptions;

  constructor(options: CatalogRelayOptions) {
    this.#options = options;
  }

  /** Tells of what has not been told. Does nothing while Redis is away, or another is at it. */
  async run(): Promise<void> {
    const { pool, redis, log } = this.#options;
    if (redis === undefined) return;
    try {
      for (let page = 0; page < pagesMax && redis.available; page++) {
        // Redis within a transaction: to be told twice does no harm, and a command lasts half a second at most.
        if (!(await transaction(pool, (client) => this.#tellPage(client)))) return;
      }
    } catch (error) {
      log.warn({ err: error }, 'the caches are not told of changes of the catalogue: tried again later');
    }
  }

  /** @returns whether there is more. */
  async #tellPage(client: PoolClient): Promise<boolean> {
    const turn = await takeCatalogTurn.maybe(client, []);
    if (turn === undefined) return false;
    const { told_through: after } = turn;
    const log = await readLog.one(client, []);
    if (after === log.head) return false;
    if (after < log.forgotten_through) return this.#skipTo(client, log.head);
    const rows = await readWindow.rows(client, [after, span, null, changeTypes, changesMax]);
    const events = rows.flatMap((row) => (row.position === null ? [] : [row]));
    const groups = new Set(events.flatMap(groupsChangedBy));
    if (groups.size > 0) await this.#options.cache.invalidateSurely(...groups);
    const seen = after + BigInt(span);
    const through =
      events.length === changesMax ? (events.at(-1)?.position ?? after) : seen < log.head ? seen : log.head;
    await noteTold.run(client, [through]);
    return through < log.head;
  }

  /** Nobody knows any more what was changed. */
  async #skipTo(client: PoolClient, head: bigint): Promise<boolean> {
    await this.#options.cache.invalidateEverything();
    await noteTold.run(client, [head]);
    return false;
  }
}

/** The types of the events that tell of a change of the catalogue. */
const changeTypes = ['concert.created', 'concert.changed', 'schedule.created', 'schedule.cancelled'].map(
  (name) => `boxoffice.inventory.${name}.v1`,
);

/** The groups that an event of one of these types makes old. */
function groupsChangedBy({ type, data }: { readonly type: string; readonly data: string }): string[] {
  // Written by our own statements.
  const {
    concertId,
    scheduleId: id,
    date,
  } = JSON.parse(data) as { concertId: number; scheduleId: number; date: string };
  return type.includes('.concert.') ? groupsOfConcert(concertId) : groupsOfSchedule({ id, concertId, date });
}
