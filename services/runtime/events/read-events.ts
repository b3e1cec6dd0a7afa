import { statement } from '../database/statement.ts';

/** The log as a whole. */
export interface LogRow {
  readonly epoch: string;
  readonly begun_at: Date;
  /** The last position that was given. */
  readonly head: bigint;
  /** All up to here have been forgotten. */
  readonly forgotten_through: bigint;
}

/** An event of the log. */
export interface EventRow {
  readonly position: bigint;
  readonly type: string;
  readonly subject: string;
  readonly partner: string | null;
  /** A JSON object. */
  readonly data: string;
  readonly occurred_at: Date;
}

/** Reads how far the log has come. Locks nothing. Bound: one row. */
export const readLog = statement<[], LogRow>(
  'read-log',
  `select epoch, begun_at, position as head, forgotten_through from event_head`,
);

/** A row of a window: the log as it is at the same instant; without an event where the window has none of interest. */
export type WindowRow = LogRow & (EventRow | { readonly [K in keyof EventRow]: null });

/**
 * Reads the events of a window of the log (after which position, how many positions, of which partner or null for all, of
 * which types or none for all, how many rows), and the log itself, at one instant: every position up to the head is there,
 * unless it was forgotten.
 *
 * Locks nothing. Index: the primary key. Bound: `$2` events looked at, `$5` rows, one at least.
 */
export const readWindow = statement<
  [after: bigint, span: number, partner: string | null, types: readonly string[], limit: number],
  WindowRow
>(
  'read-event-window',
  `select log.epoch, log.begun_at, log.position as head, log.forgotten_through,
     events.position, events.type, events.subject, events.partner, events.data::text as data, events.occurred_at
   from event_head as log
   left join lateral (
     select position, type, subject, partner, data, occurred_at from events
     where position > $1 and position <= least($1 + $2::integer, log.position)
       and ($3::text is null or partner is null or partner = $3)
       and (cardinality($4::text[]) = 0 or type = any ($4))
     order by position
     limit $5
   ) as events on true
   order by events.position`,
);
