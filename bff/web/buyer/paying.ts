import { call, CallError, get, pause } from '../call.ts';
import type { Payment, Position, Reservation } from '../answers.ts';
import { attempt } from './attempt.ts';
import { keepTicket, keptTicket } from './kept-tickets.ts';

const pollMs = 1_000;
// Twice what the system takes to finish a payment that somebody died over.
const pollsMax = 60;

/**
 * Pays for a reservation, once, however often it is called.
 *
 * @param onSlow called when the payment goes on by itself, and is waited for.
 * @throws CallError with the reason for which it came to nothing; PAYMENT_IN_FLIGHT when it takes too long to wait for.
 */
export async function pay(reservation: Reservation, memberId: string, onSlow: () => void): Promise<void> {
  const { id, amount, schedule } = reservation;
  const token = await queueToken(schedule.id, memberId);
  const { body } = await attempt<Payment>(`pay.${id}`, `/v1/reservations/${id}/payment`, { amount }, { token });
  let payment = body;
  for (let polls = 0; payment.status === 'RESERVED'; polls++) {
    if (polls === pollsMax) {
      throw new CallError('PAYMENT_IN_FLIGHT', '');
    }
    onSlow();
    await pause(pollMs);
    payment = await get<Payment>(`/v1/payments/${payment.id}?memberId=${encodeURIComponent(memberId)}`);
  }
  if (payment.status === 'VOIDED' || payment.status === 'DECLINED') {
    throw new CallError(payment.reason ?? 'INTERNAL', '');
  }
}

/**
 * The token that pays: the one this browser has, or that of the same live ticket, asked for again.
 *
 * @throws CallError.
 */
export async function queueToken(scheduleId: number, memberId: string): Promise<string> {
  const kept = keptTicket(scheduleId, memberId);
  if (kept !== undefined) {
    return kept.token;
  }
  const path = `/v1/schedules/${scheduleId}/queue/tickets`;
  const { body } = await call<Position & { token: string }>('POST', path, { body: { memberId } });
  keepTicket(scheduleId, memberId, { token: body.token });
  return body.token;
}
