import { statement } from '@boxoffice/runtime/database/statement';

/** Reservations that events tell of, with their seats. */
export interface CountedReservations {
  /** What has become of them: `held`, `confirmed` and so on. */
  readonly what: string;
  readonly reservations: number;
  readonly seats: number;
}

/** Counts the reservations in events after a position up to another. Locks nothing. By the primary key; bound: those events. */
export const countReservations = statement<[after: bigint, through: bigint], CountedReservations>(
  'count-reservations',
  `select split_part(type, '.', 4) as what, count(*)::float8 as reservations,
     coalesce(sum(jsonb_array_length(data->'seatIds')), 0)::float8 as seats
   from events
   where position > $1 and position <= $2 and type like 'boxoffice.inventory.reservation.%'
   group by 1`,
);
