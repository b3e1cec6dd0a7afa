import type { Reservation } from '@boxoffice/proto/inventory';
import type { TicketClaims } from '@boxoffice/proto/ticket-token';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse } from '@boxoffice/runtime/error';

import { begin, refusalBesides } from './payment.ts';
import type { PaymentRow } from './payment-row.ts';
import { findLivePayment, lockMember, reservePayment } from './sql/reserve-payment.ts';

/** Who pays what, by which request. */
export interface PaymentOrder {
  readonly ticket: TicketClaims;
  readonly reservation: Pick<Reservation, 'id' | 'scheduleId' | 'amount' | 'currencyCode'>;
  /** The account of the schedule's revenue. */
  readonly revenue: bigint;
  /** Empty: none. */
  readonly requestId: string;
  readonly fingerprint: Uint8Array;
  readonly leaseMs: number;
}

/**
 * T1: writes the payment, RESERVED with the money set aside, or DECLINED when there is too little.
 *
 * @throws ServiceError MEMBER_UNKNOWN; PAYMENT_IN_FLIGHT or RESERVATION_PAID when the reservation has a live payment.
 */
export async function beginPayment(client: PoolClient, order: PaymentOrder): Promise<PaymentRow> {
  const { ticket, reservation, revenue, requestId, fingerprint, leaseMs } = order;
  const { partner, memberId } = ticket;
  const { amount, currencyCode } = reservation;
  const member = await lockMember.maybe(client, [partner, memberId, currencyCode]);
  if (member === undefined) throw refuse('MEMBER_UNKNOWN', `member ${memberId} has no account`);
  const status = begin(member.available, amount);
  const payment = await reservePayment.maybe(client, [
    member.id,
    partner,
    memberId,
    reservation.id,
    reservation.scheduleId,
    ticket.number,
    ticket.ticketId,
    amount,
    currencyCode,
    status,
    status === 'DECLINED' ? 'BALANCE_TOO_LOW' : '',
    requestId === '' ? null : requestId,
    requestId === '' ? null : fingerprint,
    revenue,
    leaseMs / 1_000,
  ]);
  return payment ?? (await refuseBesides(client, reservation.id));
}

async function refuseBesides(client: PoolClient, reservationId: bigint): Promise<never> {
  const live = await findLivePayment.maybe(client, [reservationId]);
  // Settled in the meantime: whoever asks again finds it so.
  const reason = refusalBesides(live?.status ?? 'RESERVED');
  const metadata = { reservationId: String(reservationId), ...(live && { paymentId: String(live.id) }) };
  throw refuse(reason, `reservation ${reservationId} has a payment already`, { metadata });
}
