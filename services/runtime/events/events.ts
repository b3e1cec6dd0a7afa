import type { Pool } from '../database/pool.ts';
import type { Logger } from '../log.ts';
import type { RedisConnection } from '../redis/connection.ts';
import type { WakeUps } from '../redis/wake-ups.ts';
import type { EventCounting } from './count-events.ts';
import { EventFeed } from './feed.ts';
import { EventRelay } from './relay.ts';

/** The events of a service: what moves them, and what those who watch are served by. */
export interface Events extends AsyncDisposable {
  readonly relay: EventRelay;
  readonly feed: EventFeed;
}

interface Parts {
  /** On the service's schema. */
  readonly pool: Pool;
  readonly log: Logger;
  readonly wakeUps: WakeUps;
  readonly redis: RedisConnection | undefined;
  /** Counts what is ordered, where somebody looks. */
  readonly counting?: EventCounting | undefined;
}

/** As `watchedEventVariables` say. */
interface Settings {
  readonly eventRetentionHours: number;
  readonly eventStreamLengthMax: number;
  readonly eventWatchersMax: number;
}

/** Opens the events of a service. Dispose them before the pool, after the server. */
export function openEvents(parts: Parts, settings: Settings): Events {
  const relay = new EventRelay({
    ...parts,
    retentionHours: settings.eventRetentionHours,
    streamLengthMax: settings.eventStreamLengthMax,
  });
  const feed = new EventFeed({ ...parts, relay, watchersMax: settings.eventWatchersMax });
  return { relay, feed, [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose]() };
}
