import type { Pool } from '../database/pool.ts';
import type { Logger } from '../log.ts';
import type { RedisConnection } from '../redis/connection.ts';
import type { WakeUps } from '../redis/wake-ups.ts';
import { orderAndCount, type EventCounting } from './count-events.ts';
import { forgetEvents } from './forget-events.ts';
import { orderEvents } from './order-events.ts';
import { RedisEventStream } from './redis-stream.ts';

/** What moves the events of one schema. */
export interface EventRelayOptions {
  /** On the schema whose events these are. */
  readonly pool: Pool;
  readonly log: Logger;
  readonly wakeUps: WakeUps;
  /** Where events are published too; undefined: nowhere. */
  readonly redis: RedisConnection | undefined;
  readonly retentionHours: number;
  /** Of the stream in Redis, about. */
  readonly streamLengthMax: number;
  /** Counts what is ordered, where somebody looks. */
  readonly counting?: EventCounting | undefined;
}

/** On the bus, the subject is the schema. */
export const eventsTopic = 'events';

const orderDefault = 1_000;
/** Events forgotten in one call: twice as fast as they are ordered when they come without a pause. */
const forgetMax = 10_000;

/** Moves events from the outbox into the log, from there to Redis, and forgets the old ones. Any number may be at it. */
export class EventRelay {
  readonly #options: EventRelayOptions;
  readonly #stream: RedisEventStream | undefined;

  constructor(options: EventRelayOptions) {
    const { pool, log, redis, streamLengthMax } = options;
    this.#options = options;
    this.#stream = redis && new RedisEventStream({ pool, log, redis, lengthMax: streamLengthMax });
  }

  /**
   * Gives the oldest events in the outbox their positions, at most `limit` of them.
   *
   * @returns how many: call again while it is that many. 0 also while another relay is at it.
   */
  async order(limit = orderDefault): Promise<number> {
    const { pool, wakeUps, counting } = this.#options;
    const ordered =
      counting === undefined
        ? (await orderEvents.one(pool, [limit])).ordered
        : await orderAndCount(pool, limit, counting);
    if (ordered > 0) wakeUps.publish(eventsTopic, pool.schema);
    return ordered;
  }

  /** All that is to be done again and again: {@link order}, publish, forget. Redis being away stops none of the rest. */
  async run(limit = orderDefault): Promise<number> {
    const { pool, retentionHours } = this.#options;
    const ordered = await this.order(limit);
    await this.#stream?.publish();
    await forgetEvents.one(pool, [retentionHours * 3_600, forgetMax, this.#stream !== undefined]);
    return ordered;
  }
}
