import { setTimeout as delay } from 'node:timers/promises';

import type { Databases } from './databases.ts';

const pollMs = 200;

/**
 * Waits until no payment or refund is under way and no ticket is still to be ended, for the limit at most. What is still open then is
 * for the invariants to judge.
 *
 * @returns how many are still open.
 */
export async function settle({ ledger }: Databases, limitMs: number, signal?: AbortSignal): Promise<number> {
  const end = performance.now() + limitMs;
  for (;;) {
    const { rows } = await ledger.query<{ open: number }>(
      `select (select count(*) from payments where status in ('RESERVED', 'REFUNDING'))::integer
         + (select count(*) from ticket_messages where delivered_at is null)::integer as open`,
    );
    const open = rows[0]?.open ?? 0;
    if (open === 0 || performance.now() >= end) return open;
    await delay(pollMs, undefined, signal ? { signal } : {});
  }
}
