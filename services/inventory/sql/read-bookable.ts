import { statement } from '@boxoffice/runtime/database/statement';

/** Whether seats of a schedule can be held now. */
export interface Bookable {
  readonly schedule_state: 'ON_SALE' | 'CANCELLED';
  readonly bookable: boolean;
}

/** Reads whether seats of a schedule can be held now. No row: there is no such schedule. Index: primary key. */
export const readBookable = statement<[bigint], Bookable>(
  'read-bookable',
  `select state as schedule_state,
    booking_opens_at <= statement_timestamp() and booking_closes_at > statement_timestamp() as bookable
  from schedules where id = $1`,
);
