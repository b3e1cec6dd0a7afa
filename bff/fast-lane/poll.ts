import { housePartner } from '@boxoffice/runtime/identity';
import type { TicketVerifier } from '@boxoffice/proto/ticket-token';
import type { AccessTokenVerifier } from '../caller/access-token.ts';
import type { PositionAnswer } from '../answers/position.ts';
import type { Positions } from '../positions/positions.ts';
import { requestIdOf } from '../http/request-id.ts';
import { answer } from './answer.ts';
import { callerOf, type Caller } from './caller.ts';
import type { FastLane } from './fast-lane.ts';

/** What polls are answered from. */
export interface PollLaneOptions {
  readonly verifyTicket: TicketVerifier;
  readonly verifyAccess: AccessTokenVerifier | undefined;
  readonly positions: Pick<Positions, 'peek'>;
}

const pathPattern = /^\/v1\/schedules\/([1-9][0-9]{0,17})\/queue\/tickets\/me$/;

/** Answers the poll of a ticket that waits: a look-up of the token, a look at the board, one write. */
export function pollLane({ verifyTicket, verifyAccess, positions }: PollLaneOptions): FastLane {
  return (req, res) => {
    const scheduleId = pathPattern.exec(req.url ?? '')?.[1];
    const { 'queue-token': token } = req.headers;
    const caller = callerOf(verifyAccess, req);
    if (scheduleId === undefined || typeof token !== 'string' || caller === undefined) {
      return false;
    }
    const position = peek(token, scheduleId, caller);
    if (position === undefined) {
      return false;
    }
    answer(res, 200, requestIdOf(req), position);
    return true;
  };

  function peek(text: string, scheduleId: string, { member }: NonNullable<Caller>): PositionAnswer | undefined {
    try {
      const claims = verifyTicket(text);
      const isTheirs = claims.partner === housePartner && (member === undefined || member === claims.memberId);
      return isTheirs && String(claims.scheduleId) === scheduleId ? positions.peek({ text, claims }) : undefined;
    } catch {
      // Whatever it is, it is thrown again in the onion, which answers it.
      return undefined;
    }
  }
}
