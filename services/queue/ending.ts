import type { Pool } from '@boxoffice/runtime/database/pool';
import { transaction, type PoolClient } from '@boxoffice/runtime/database/transaction';

import { completeTicket, leaveTicket, type EndedRow } from './sql/end-ticket.ts';
import { lockQueue } from './sql/lock-queue.ts';
import { recordNumbers } from './sql/record-change.ts';

/** Names a ticket beyond doubt. */
export interface TicketKey {
  readonly scheduleId: bigint;
  readonly number: bigint;
  readonly ticketId: string;
}

/** Gives a live ticket up; one whose time had run out becomes expired. One that is over stays as it is. */
export function leave(pool: Pool, ticket: TicketKey): Promise<void> {
  const { scheduleId, number, ticketId } = ticket;
  return end(pool, ticket, (client) => leaveTicket.maybe(client, [scheduleId, number, ticketId]));
}

/** Completes a ticket that was admitted, over or not. One that never was, or is completed already, stays as it is. */
export function complete(pool: Pool, ticket: TicketKey, paymentId: bigint): Promise<void> {
  const { scheduleId, number, ticketId } = ticket;
  return end(pool, ticket, (client) => completeTicket.maybe(client, [scheduleId, number, ticketId, paymentId]));
}

function end(
  pool: Pool,
  { scheduleId, number }: TicketKey,
  update: (client: PoolClient) => Promise<EndedRow | undefined>,
): Promise<void> {
  return transaction(pool, async (client) => {
    await lockQueue.one(client, [scheduleId]);
    const ended = await update(client);
    if (ended === undefined) return;
    await recordNumbers.run(client, [scheduleId, ended.was === 'WAITING' ? 'LEFT' : 'ENDED', [number]]);
  });
}
