import { env } from '../config.ts';

/** The variables of a service that has events; the same in all of them. */
export const eventVariables = {
  /** How long an event is kept for those who watch. */
  eventRetentionHours: env.integer('EVENT_RETENTION_HOURS', { default: 168, min: 1, max: 8_760 }),
  /** Events that a stream of Redis holds, about. */
  eventStreamLengthMax: env.integer('EVENT_STREAM_LENGTH_MAX', { default: 100_000, min: 1_000, max: 10_000_000 }),
};

/** Of those of them that are also watched. */
export const watchedEventVariables = {
  ...eventVariables,
  /** Streams of events at once, in one process. */
  eventWatchersMax: env.integer('EVENT_WATCHERS_MAX', { default: 200, min: 1, max: 10_000 }),
};
