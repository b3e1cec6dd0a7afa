import type { HandlerContext } from '@connectrpc/connect';

import type { Drive } from './drives.ts';
import type { PaymentRow } from './payment-row.ts';

/**
 * Waits for a drive as long as its caller does, less a margin for the answer's way, and tells how far it has come. The drive
 * goes on whatever its caller does.
 */
export async function settledInTime(
  drive: Drive,
  { timeoutMs, signal }: Pick<HandlerContext, 'timeoutMs' | 'signal'>,
  marginMs: number,
): Promise<PaymentRow> {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const leftMs = timeoutMs();
  const timer = leftMs === undefined ? undefined : setTimeout(resolve, Math.max(0, leftMs - marginMs));
  signal.addEventListener('abort', () => resolve(), { once: true });
  await Promise.race([drive.done, gone]);
  clearTimeout(timer);
  return drive.latest;
}
