import type { HandlerContext } from '@connectrpc/connect';
import { ReservationStatus, type Reservation } from '@boxoffice/proto/inventory';
import type { TicketClaims } from '@boxoffice/proto/ticket-token';
import { reasonOf, refuse } from '@boxoffice/runtime/error';
import { onBehalfOf } from '@boxoffice/runtime/grpc/transport';

import type { Deps } from './deps.ts';

/**
 * Reads a token, offline.
 *
 * @throws TicketTokenError TOKEN_INVALID, also for a ticket of another partner's member.
 */
export function readTicket(deps: Deps, token: string, partner: string): TicketClaims {
  const ticket = deps.tickets(token);
  if (ticket.partner !== partner) throw refuse('TOKEN_INVALID', 'the queue token is not valid');
  return ticket;
}

/**
 * Asks the Queue whether the ticket is admitted, always, and Inventory for the reservation, both at once.
 *
 * @returns undefined when the ticket's member has no such reservation.
 * @throws ConnectError with what the Queue refuses: TOKEN_INVALID, TICKET_WAITING, TICKET_OVER; RESERVATION_PAID instead of
 * TICKET_OVER when the ticket is over because this reservation was paid; what else keeps either from answering.
 */
export async function readReservation(
  deps: Deps,
  { token, reservationId }: { readonly token: string; readonly reservationId: bigint },
  ticket: TicketClaims,
  context: HandlerContext,
): Promise<Reservation | undefined> {
  const timeoutMs = context.timeoutMs();
  const options = {
    headers: onBehalfOf(ticket.partner),
    signal: context.signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
  const [verified, read] = await Promise.allSettled([
    deps.queue.verify({ token, scheduleId: ticket.scheduleId }, options),
    deps.inventory.getReservation({ reservationId, memberId: ticket.memberId }, options),
  ]);
  const reservation = read.status === 'fulfilled' ? read.value.reservation : undefined;
  if (verified.status === 'rejected') {
    const isPaid = reservation?.status === ReservationStatus.CONFIRMED && reservation.memberId === ticket.memberId;
    if (!isPaid || reasonOf(verified.reason) !== 'TICKET_OVER') throw verified.reason;
    throw refuse('RESERVATION_PAID', `reservation ${reservationId} is paid`, {
      metadata: { reservationId: String(reservationId) },
    });
  }
  if (read.status === 'rejected' && reasonOf(read.reason) !== 'RESERVATION_UNKNOWN') throw read.reason;
  return reservation;
}
