import { create } from '@bufbuild/protobuf';
import {
  GetReservationRequestSchema,
  ListReservationsRequestSchema,
  ReservationStatus,
  type Reservation,
} from '@boxoffice/proto/inventory';
import { refuse } from '@boxoffice/runtime/error';
import { reading } from '../../request/context.ts';
import { present } from '../../answers/send.ts';
import type { Call } from '../dialect.ts';
import { itemsOf, listOf } from '../pages.ts';
import { balance } from './accounts.ts';

const pageSize = 100;
// A member's newest two thousand reservations.
const pagesMax = 20;

/** A member's reservations, newest first: all, or those whose seats are held now. */
export function reservationsOf(
  { ctx, deps }: Call,
  { memberId, pendingOnly }: { readonly memberId: string; readonly pendingOnly: boolean },
): AsyncGenerator<Reservation, void, undefined> {
  const options = reading(ctx);
  return itemsOf(async (pageToken) => {
    const request = create(ListReservationsRequestSchema, { memberId, pendingOnly, pageSize, pageToken });
    const { reservations: items, nextPageToken } = await deps.inventory.listReservations(request, options);
    return { items, nextPageToken };
  }, pagesMax);
}

/** What a member has bought, newest first. @throws ConnectError MEMBER_UNKNOWN. */
export async function bookings(call: Call, { memberId }: { readonly memberId: string }): Promise<Reservation[]> {
  const reservations = listOf(reservationsOf(call, { memberId, pendingOnly: false }));
  const [all] = await Promise.all([reservations, balance(call, { memberId })]);
  return all.filter(isBooking);
}

/** One of them. @throws ServiceError RESERVATION_UNKNOWN also for somebody else's, and for what is not bought. */
export async function booking(
  { ctx, deps }: Call,
  { memberId, bookingId: reservationId }: { readonly memberId: string; readonly bookingId: bigint },
): Promise<Reservation> {
  const request = create(GetReservationRequestSchema, { reservationId, memberId });
  const reservation = present((await deps.inventory.getReservation(request, reading(ctx))).reservation);
  if (!isBooking(reservation)) {
    throw refuse('RESERVATION_UNKNOWN', `member ${memberId} has no booking ${reservationId}`);
  }
  return reservation;
}

function isBooking({ status }: Reservation): boolean {
  return status === ReservationStatus.CONFIRMED;
}
