import { isReason } from '@boxoffice/proto/reasons';
import { refuse } from '@boxoffice/runtime/error';

/** Why a payment or a refund came to nothing, as the refusal that tells it. */
export function cameToNothing(paymentId: bigint, status: string | undefined, reason: string): Error {
  const metadata = { paymentId: String(paymentId) };
  return refuse(isReason(reason) ? reason : 'INTERNAL', `payment ${paymentId} is ${status}`, { metadata });
}
