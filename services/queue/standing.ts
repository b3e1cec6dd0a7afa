import type { Ticket } from '@boxoffice/proto/queue';

import { admissionsPerSecond, estimatedWaitSeconds } from './estimate.ts';
import type { StandingRow } from './sql/describe-tickets.ts';
import { ticketMessage } from './ticket.ts';

/** A ticket as the contract has it, with its place in line and the wait to be expected. */
export function standingMessage(row: StandingRow): Ticket {
  return ticketMessage(row, {
    ahead: row.ahead,
    estimatedWaitSeconds: estimatedWaitSeconds(Number(row.ahead), admissionsPerSecond(row)),
  });
}
