import { completeTicket } from './complete-ticket.ts';
import { confirmReservation, revokeReservation } from './decision.ts';
import type { Deps } from './deps.ts';
import type { Drive } from './drives.ts';
import { awaited } from './payment.ts';
import type { PaymentRow } from './payment-row.ts';
import { retry } from './retry.ts';
import { markDelivered } from './sql/claim-messages.ts';
import { findPayment } from './sql/find-payment.ts';
import { findRefund } from './sql/find-refund.ts';
import { releasePayment } from './sql/release-payment.ts';
import { postRefund, rejectRefund } from './sql/refund-payment.ts';
import { postPayment, voidPayment } from './sql/settle-payment.ts';
import type { TicketMessage } from './ticket-message.ts';

/** In seconds: when the relay takes a message that who settled the payment may have failed to deliver. */
const relayAfterSeconds = 2;

/**
 * Drives a payment or refund that is under way to its end, in the background: gets the decision it waits for, and settles it.
 * Any number of drivers may be at the same payment: the decision is one, and settled once, by none that it was taken from.
 * Given up at the end of the process, it gives its lease back: nobody has to wait until that would have run out.
 */
export function drive(deps: Deps, payment: PaymentRow): Drive {
  return deps.drives.start(payment, async (drive, giveUp) => {
    const signal = AbortSignal.any([giveUp, AbortSignal.timeout(deps.limits.driveTimeoutMs)]);
    try {
      await finish(deps, drive, signal);
    } catch (error) {
      if (giveUp.aborted) await releasePayment.run(deps.pool, [payment.id, payment.attempt]);
      throw error;
    }
  });
}

async function finish(deps: Deps, drive: Drive, signal: AbortSignal): Promise<void> {
  switch (awaited(drive.latest.status)) {
    case 'confirmation':
      return finishPayment(deps, drive, signal);
    case 'revocation':
      return finishRefund(deps, drive, signal);
    case undefined:
      return;
  }
}

async function finishPayment(deps: Deps, drive: Drive, signal: AbortSignal): Promise<void> {
  const payment = drive.latest;
  const decision = await retry(() => confirmReservation(deps, payment, signal), signal);
  await deps.faults.reach('pay/decided');
  if (!decision.accepted) {
    const { id, account_id, attempt } = payment;
    drive.latest = await settle(deps, payment, signal, () =>
      voidPayment.maybe(deps.pool, [id, account_id, decision.reason, attempt]),
    );
    await deps.faults.reach('pay/settled');
    return;
  }
  const posted = { message: undefined as TicketMessage | undefined };
  drive.latest = await settle(deps, payment, signal, async () => {
    const { id, account_id, attempt } = payment;
    const row = await postPayment.maybe(deps.pool, [id, account_id, relayAfterSeconds, attempt]);
    posted.message = row;
    return row;
  });
  await deps.faults.reach('pay/settled');
  if (posted.message !== undefined) await completeNow(deps, posted.message);
}

async function finishRefund(deps: Deps, drive: Drive, signal: AbortSignal): Promise<void> {
  const payment = drive.latest;
  const { id, account_id, refund_id, attempt } = payment;
  if (refund_id === null) throw new Error(`payment ${id} is REFUNDING without a refund`);
  const refund = await findRefund.one(deps.pool, [refund_id]);
  const decision = await retry(() => revokeReservation(deps, refund, signal), signal);
  await deps.faults.reach('refund/decided');
  drive.latest = await settle(deps, payment, signal, () =>
    decision.accepted
      ? postRefund.maybe(deps.pool, [id, account_id, refund_id, attempt])
      : rejectRefund.maybe(deps.pool, [id, account_id, refund_id, decision.reason, attempt]),
  );
  await deps.faults.reach('refund/settled');
}

/**
 * T2. No row: another driver was first, or has taken it over, or we were first and the answer was lost; in any case the
 * payment is as it stands now.
 */
function settle(
  deps: Deps,
  { id }: PaymentRow,
  signal: AbortSignal,
  statement: () => Promise<PaymentRow | undefined>,
): Promise<PaymentRow> {
  return retry(async () => (await statement()) ?? (await findPayment.one(deps.pool, [id])), signal);
}

/** Q1 while the payer waits, so that the ticket is over when the answer arrives; if it fails, there is the message. */
async function completeNow(deps: Deps, message: TicketMessage): Promise<void> {
  try {
    await completeTicket(deps, message, deps.limits.completeTimeoutMs);
  } catch (error) {
    deps.log.warn({ err: error, payment: message.payment_id }, 'a ticket is left to the relay');
    return;
  }
  await deps.faults.reach('pay/ticket-completed');
  deps.drives.afterwards(markDelivered.run(deps.pool, [[message.message_id]]), 'a delivered message is not marked');
}
