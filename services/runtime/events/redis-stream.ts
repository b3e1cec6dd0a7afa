import type { Pool } from '../database/pool.ts';
import { statement } from '../database/statement.ts';
import { transaction, type PoolClient } from '../database/transaction.ts';
import type { Logger } from '../log.ts';
import type { RedisConnection } from '../redis/connection.ts';
import { cursorAt } from './cursor.ts';
import { cloudEventOf, logNameOf } from './cloud-event.ts';
import { readWindow, type EventRow, type LogRow } from './read-events.ts';

interface RedisEventStreamOptions {
  readonly pool: Pool;
  readonly log: Logger;
  readonly redis: RedisConnection;
  /** Entries that are kept, about. */
  readonly lengthMax: number;
}

/** Events sent to Redis at once, and so often in one call. */
const pageSize = 200;
const pagesMax = 25;

/**
 * The turn to publish: the row is locked, or there is no row, since another has the turn.
 *
 * Locks `event_stream`, skipping it when it is locked. Bound: one row.
 */
const takeTurn = statement<[], { readonly published_through: bigint }>(
  'take-event-stream',
  `select published_through from event_stream for update skip locked`,
);

/** Notes how far the stream has come. The caller holds the lock of the row. Bound: one row. */
const notePublished = statement<[through: bigint]>(
  'note-published',
  `update event_stream set published_through = $1 where published_through <> $1`,
);

/**
 * Publishes the log to a stream of Redis, `<prefix>events:<schema>`: exactly in order, each event once.
 *
 * The id of an entry is the time at which the log was begun, in milliseconds, and the position: `1767225600000-42`. Redis
 * takes ids only in ascending order, so nothing can be out of order or twice, whoever publishes and however late a command
 * arrives; and the last id in the stream tells where it stands, so that what Redis has lost is published again, as far as
 * the log has it and the stream would hold it. `published_through` is a note of that: by its row one publishes at a time, and
 * what is not published yet is not forgotten.
 */
export class RedisEventStream {
  readonly #options: RedisEventStreamOptions;
  readonly key: string;

  constructor(options: RedisEventStreamOptions) {
    this.#options = options;
    this.key = `${options.redis.prefix}events:${options.pool.schema}`;
  }

  /** Publishes what is not in the stream, at most 5,000 events. Does nothing while Redis is away, or another is at it. */
  async publish(): Promise<void> {
    const { pool, redis, log } = this.#options;
    try {
      for (let page = 0; page < pagesMax && redis.available; page++) {
        // Redis within a transaction: to publish the same again changes nothing, and a command lasts half a second at most.
        if (!(await transaction(pool, (client) => this.#publishPage(client)))) return;
      }
    } catch (error) {
      log.warn({ err: error }, 'events are not published to Redis: tried again later');
    }
  }

  /** @returns whether there is more. */
  async #publishPage(client: PoolClient): Promise<boolean> {
    const turn = await takeTurn.maybe(client, []);
    if (turn === undefined) return false;
    const [start] = await readWindow.rows(client, [0n, 0, null, [], 1]);
    if (start === undefined) throw new Error('event_head has no row');
    const after = await this.#standsAt(start);
    const rows = await readWindow.rows(client, [after, pageSize, null, [], pageSize]);
    const events = rows.flatMap((row) => (row.position === null ? [] : [row]));
    if (events.length > 0) await this.#send(start, events);
    await notePublished.run(client, [events.at(-1)?.position ?? after]);
    return events.length === pageSize;
  }

  /** The position that the stream goes on after. */
  async #standsAt({ begun_at, head, forgotten_through }: LogRow): Promise<bigint> {
    const last = await this.#lastId();
    const begun = BigInt(begun_at.getTime());
    if (last !== undefined && last.begun > begun) throw new Error(`${this.key} has the events of a later log`);
    const published = last?.begun === begun ? last.position : 0n;
    // What would be trimmed at once, or is gone, is left out.
    return [head - BigInt(this.#options.lengthMax), forgotten_through].reduce(laterOf, published);
  }

  /** Also of a stream whose entries were all trimmed. */
  async #lastId(): Promise<{ readonly begun: bigint; readonly position: bigint } | undefined> {
    const { client } = this.#options.redis;
    const info = await client.call('XINFO', 'STREAM', this.key).catch((error: unknown) => {
      if (error instanceof Error && error.message.includes('no such key')) return undefined;
      throw error;
    });
    if (info === undefined) return undefined;
    const flat = info as readonly unknown[];
    const id = String(flat[flat.indexOf('last-generated-id') + 1]);
    const [begun = '', position = ''] = id.split('-');
    return { begun: BigInt(begun), position: BigInt(position) };
  }

  async #send(log: LogRow, events: readonly EventRow[]): Promise<void> {
    const { pool, redis, lengthMax } = this.#options;
    const name = logNameOf(pool, log);
    const pipeline = redis.client.pipeline();
    for (const row of events) {
      const { id, source, type, subject, time, data } = cloudEventOf(name, row);
      const attributes = {
        specversion: '1.0',
        id,
        source,
        type,
        subject,
        time,
        datacontenttype: 'application/json',
        data,
      };
      const fields = {
        ...attributes,
        ...(row.partner !== null && { partner: row.partner }),
        cursor: cursorAt(name, row.position),
      };
      const entryId = `${log.begun_at.getTime()}-${row.position}`;
      pipeline.xadd(this.key, 'MAXLEN', '~', lengthMax, entryId, ...Object.entries(fields).flat());
    }
    const results = (await pipeline.exec()) ?? [];
    const failed = results.find(([error]) => error !== null && !isThereAlready(error));
    if (failed?.[0]) throw failed[0];
  }
}

/** Somebody whose turn was over has sent it after all. */
function isThereAlready(error: Error): boolean {
  return error.message.includes('equal or smaller than the target stream top item');
}

function laterOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
