import { statement } from '@boxoffice/runtime/database/statement';

import type { LockedReservation } from '../decision.ts';

/** A reservation, or nulls where there is none, and when it was read. */
export type LockedReservationRow = { readonly [K in keyof LockedReservation]: LockedReservation[K] | null } & {
  /** To the microsecond, as a Date could not hold it. */
  readonly decided_at: string;
};

/** Reads a reservation that `lock-reservation` has locked; always one row. Index: primary keys. */
export const readLockedReservation = statement<[bigint], LockedReservationRow>(
  'read-locked-reservation',
  `select statement_timestamp()::text as decided_at,
    reservations.id as reservation_id, reservations.partner, reservations.member_id, reservations.schedule_id,
    schedules.state as schedule_state,
    case
      when reservations.status = 'PENDING' and reservations.expires_at <= statement_timestamp() then 'EXPIRED'
      else reservations.status
    end as status,
    reservations.amount, reservations.extended_at is not null as extended, reservations.payment_id
  from (values ($1::bigint)) as asked (id)
  left join reservations on reservations.id = asked.id
  left join schedules on schedules.id = reservations.schedule_id`,
);
