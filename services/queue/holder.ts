import type { HandlerContext } from '@connectrpc/connect';
import type { TicketClaims, TicketVerifier } from '@boxoffice/proto/ticket-token';
import { refuse, type ServiceError } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import type { TicketRow } from './ticket.ts';

/**
 * Who shows a token: its claims, when we have signed it and it is of one of the caller's own members.
 *
 * @throws ServiceError TOKEN_INVALID
 */
export function holderOf(verifyToken: TicketVerifier, token: string, context: HandlerContext): TicketClaims {
  const claims = verifyToken(token);
  if (claims.partner !== identityOf(context).partner) throw tokenInvalid();
  return claims;
}

/**
 * The row of the ticket that a token names.
 *
 * @throws ServiceError TOKEN_INVALID when there is no such ticket: the token is of another database, or of one that was set back.
 */
export function ticketOf<Row extends TicketRow>(row: Row | undefined, claims: TicketClaims): Row {
  if (row?.ticket_id !== claims.ticketId) throw tokenInvalid();
  return row;
}

function tokenInvalid(): ServiceError {
  return refuse('TOKEN_INVALID', 'the token names no ticket of yours');
}
