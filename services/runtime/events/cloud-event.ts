import type { Pool } from '../database/pool.ts';
import type { LogName } from './cursor.ts';
import type { EventRow, LogRow } from './read-events.ts';

/** The attributes of CloudEvents 1.0 that differ from event to event. */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  /** RFC 3339. */
  readonly time: string;
  /** A JSON object. */
  readonly data: string;
}

/** Names the log of a schema. */
export function logNameOf({ schema }: Pool, { epoch }: Pick<LogRow, 'epoch'>): LogName {
  return { source: `boxoffice/${schema}`, epoch };
}

/** An event of a log as others see it. */
export function cloudEventOf({ source, epoch }: LogName, row: EventRow): CloudEvent {
  const { position, type, subject, data, occurred_at } = row;
  return { id: `${epoch}-${position}`, source, type, subject, time: occurred_at.toISOString(), data };
}
