import { statement } from '@boxoffice/runtime/database/statement';

/** Tickets that events tell of. */
export interface CountedTickets {
  /** What has become of them: `issued`, `admitted` and so on. */
  readonly what: string;
  readonly tickets: number;
}

/** Tickets whose wait is looked up at most, of a batch of events. */
const waitsMax = 5_000;

/** Counts the tickets in events after a position up to another. Locks nothing. By the primary key; bound: those events. */
export const countTickets = statement<[after: bigint, through: bigint], CountedTickets>(
  'count-tickets',
  `select split_part(type, '.', 4) as what, sum(jsonb_array_length(data->'numbers'))::float8 as tickets
   from events
   where position > $1 and position <= $2 and type like 'boxoffice.queue.tickets.%'
   group by 1`,
);

/**
 * How long those who were admitted, in the same events, had waited. Locks nothing. By primary keys; bound: `waitsMax` tickets.
 */
export const readWaits = statement<[after: bigint, through: bigint], { readonly seconds: number }>(
  'read-waits',
  `select extract(epoch from tickets.admitted_at - tickets.joined_at)::float8 as seconds
   from events
   cross join lateral jsonb_array_elements(events.data->'numbers') as listed (number)
   join tickets on tickets.schedule_id = (events.data->>'scheduleId')::bigint and tickets.number = listed.number::bigint
   where events.position > $1 and events.position <= $2 and events.type = 'boxoffice.queue.tickets.admitted.v1'
   limit ${waitsMax}`,
);
