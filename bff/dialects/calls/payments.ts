import { create } from '@bufbuild/protobuf';
import type { Reservation, Schedule, Seat } from '@boxoffice/proto/inventory';
import { PaymentStatus, PayRequestSchema, type Payment } from '@boxoffice/proto/ledger';
import { refuse } from '@boxoffice/runtime/error';
import { validateRequest } from '@boxoffice/runtime/validation';
import { writing } from '../../request/context.ts';
import { requestIdOf } from '../../request/idempotency.ts';
import { cameToNothing } from '../../answers/payment-end.ts';
import { ofSchedule, type QueueToken } from '../../caller/queue-token.ts';
import { present } from '../../answers/send.ts';
import type { Call } from '../dialect.ts';
import { reservationsOf } from './bookings.ts';

interface PaymentOrder {
  readonly token: QueueToken;
  readonly reservationId: bigint;
  /** What the payer expects to pay; absent: whatever it costs. */
  readonly amount?: bigint;
}

/**
 * Pays a reservation.
 *
 * @throws ServiceError PAYMENT_IN_FLIGHT when it is not finished by the deadline: it goes on by itself, and whoever asks
 * again is told; PAYMENT_NOT_PAID when it was given back since; ConnectError what `LedgerService.Pay` refuses for.
 */
export async function pay({ ctx, deps }: Call, { token, reservationId, amount }: PaymentOrder): Promise<Payment> {
  const request = create(PayRequestSchema, {
    requestId: requestIdOf(ctx),
    token: token.text,
    reservationId,
    ...(amount !== undefined && { amount }),
  });
  validateRequest(PayRequestSchema, request);
  return paid(present((await deps.ledger.pay(request, writing(ctx))).payment));
}

/** A seat that was paid. */
export interface PaidSeat {
  readonly seat: Seat;
  readonly reservation: Reservation;
  readonly schedule: Schedule;
  readonly payment: Payment;
}

interface SeatOrder extends Omit<PaymentOrder, 'reservationId'> {
  readonly seatId: bigint;
  /** When it is not just that of the token. */
  readonly scheduleId?: bigint;
}

/**
 * Pays the reservation that a member has of a seat. What else is to be told is asked for before any money moves.
 *
 * @throws ServiceError HOLD_OVER when there is none, else like {@link pay}.
 */
export async function paySeat(
  call: Call,
  { token, seatId, scheduleId = token.claims.scheduleId, amount }: SeatOrder,
): Promise<PaidSeat> {
  ofSchedule(token, scheduleId);
  const [{ reservation, seat }, schedule] = await Promise.all([
    findReservation(call, token.claims.memberId, seatId),
    call.deps.schedules.of(scheduleId),
  ]);
  const order = { token, reservationId: reservation.id, ...(amount !== undefined && { amount }) };
  return { seat, reservation, schedule, payment: await pay(call, order) };
}

/**
 * The one that holds the seat now, else the newest that ever did: what becomes of paying that one, for the first time or
 * again, is the Ledger's to say.
 */
async function findReservation(
  call: Call,
  memberId: string,
  seatId: bigint,
): Promise<Pick<PaidSeat, 'reservation' | 'seat'>> {
  for (const pendingOnly of [true, false]) {
    for await (const reservation of reservationsOf(call, { memberId, pendingOnly })) {
      const seat = reservation.seats.find(({ id }) => id === seatId);
      if (seat !== undefined) {
        return { reservation, seat };
      }
    }
  }
  throw refuse('HOLD_OVER', `member ${memberId} does not hold seat ${seatId}`, {
    metadata: { seatId: String(seatId) },
  });
}

function paid(payment: Payment): Payment {
  const { id, status, reason } = payment;
  const metadata = { paymentId: String(id) };
  switch (status) {
    case PaymentStatus.PAID:
      return payment;
    case PaymentStatus.RESERVED:
      throw refuse('PAYMENT_IN_FLIGHT', `payment ${id} goes on by itself: ask again`, {
        metadata,
        retryAfterMs: 1_000,
      });
    case PaymentStatus.REFUNDING:
    case PaymentStatus.REFUNDED:
      throw refuse('PAYMENT_NOT_PAID', `payment ${id} was given back`, { metadata });
    case PaymentStatus.VOIDED:
    case PaymentStatus.DECLINED:
    case PaymentStatus.UNSPECIFIED:
      throw cameToNothing(id, PaymentStatus[status], reason);
  }
}
