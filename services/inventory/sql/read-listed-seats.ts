import { statement } from '@boxoffice/runtime/database/statement';

import type { ListedSeat } from '../decision.ts';

/**
 * Reads all seats that a reservation lists, refunded ones too. Parameter: reservation, locked since `lock-reservation`, so
 * that nobody refunds one meanwhile. Index: primary key. Bound: ten seats.
 */
export const readListedSeats = statement<[bigint], ListedSeat>(
  'read-listed-seats',
  `select seat_id, price, refund_id is not null as refunded from reservation_seats where reservation_id = $1`,
);
