import { statement } from '@boxoffice/runtime/database/statement';

/** A hold that lasts. */
export interface LiveHold {
  readonly schedule_id: bigint;
  readonly extended: boolean;
  readonly expires_at: Date;
  /** From now on; 1 at least. */
  readonly remaining_ms: number;
  readonly hold_duration_ms: number;
}

/** Finds a member's reservation if it is held now. Parameters: reservation, partner, member. Index: primary keys. */
export const findLiveHold = statement<[bigint, string, string], LiveHold>(
  'find-live-hold',
  `select reservations.schedule_id, reservations.extended_at is not null as extended, reservations.expires_at,
    ceil(extract(epoch from reservations.expires_at - statement_timestamp()) * 1000)::integer as remaining_ms,
    schedules.hold_duration_ms
  from reservations
  join schedules on schedules.id = reservations.schedule_id
  where reservations.id = $1 and reservations.partner = $2 and reservations.member_id = $3
    and reservations.status = 'PENDING' and reservations.expires_at > statement_timestamp()`,
);
