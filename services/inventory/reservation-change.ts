import { refuse, type ServiceError } from '@boxoffice/runtime/error';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';

import type { LockedReservation } from './decision.ts';
import { lockReservation } from './sql/lock-reservation.ts';
import { readLockedReservation, type LockedReservationRow } from './sql/read-locked-reservation.ts';

/** What a change of a reservation is decided on. */
export interface Locked {
  /** None: there is no such reservation. */
  readonly reservation: LockedReservation | undefined;
  /** How many seats it has. */
  readonly seats: number;
  /** The database's clock, read under the locks. */
  readonly decidedAt: string;
}

/**
 * Locks a reservation and its seats, and reads it and the clock under the locks: until the transaction ends, nobody confirms
 * it, releases it, extends it, sweeps it or takes its seats over.
 */
export async function lockForChange(client: PoolClient, reservationId: bigint): Promise<Locked> {
  const seats = await lockReservation.rows(client, [reservationId]);
  const row = await readLockedReservation.one(client, [reservationId]);
  return { reservation: reservationOf(row), seats: seats.length, decidedAt: row.decided_at };
}

/** The refusal for what does not exist, and for what is somebody else's. */
export function reservationUnknown(id: bigint): ServiceError {
  return refuse('RESERVATION_UNKNOWN', `there is no reservation ${id}`);
}

/** A left join gives all of it or nothing. */
function reservationOf(row: LockedReservationRow): LockedReservation | undefined {
  return row.reservation_id === null ? undefined : (row as LockedReservation);
}
