import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { Ticket } from '@boxoffice/proto/queue';

import { estimateWait, paceOf } from './estimate.ts';
import type { StandingRow } from './sql/describe-tickets.ts';
import { ticketMessage } from './ticket.ts';

/** A ticket as the contract has it, with its place in line and the wait to be expected. */
export function standingMessage(row: StandingRow): Ticket {
  return ticketMessage(row, {
    ahead: row.ahead,
    place: row.place ?? undefined,
    lobbyOpensAt: row.lobby ? timestampFromDate(row.opens_at) : undefined,
    paused: row.state === 'PAUSED',
    estimate: estimateWait(Number(row.ahead), paceOf(row)),
  });
}
