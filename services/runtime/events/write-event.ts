import { statement } from '../database/statement.ts';

/**
 * Writes an event (type, subject, partner or null for everybody, JSON object), for work of several statements. What is one
 * statement writes its event as one more common table expression, without a round trip.
 *
 * Locks nothing; the caller holds a lock of the subject, which keeps the events of one subject in order. Bound: one row.
 */
export const writeEvent = statement<[type: string, subject: string, partner: string | null, data: string]>(
  'write-event',
  `insert into outbox (type, subject, partner, data) values ($1, $2, $3, $4)`,
);

/** SQL of a time in the data of an event: RFC 3339 in UTC, to the microsecond, whatever the session's time zone. */
export function eventTime(sql: string): string {
  return `to_char((${sql}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
