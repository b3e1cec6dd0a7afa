import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  GetTicketRequest,
  GetTicketResponseSchema,
  JoinRequest,
  JoinResponseSchema,
  LeaveRequest,
  LeaveResponseSchema,
} from '@boxoffice/proto/queue';
import type { Deps } from '../deps.ts';
import { joinQueue } from '../joining/join-queue.ts';
import type { QueueToken } from '../caller/queue-token.ts';
import type { Call } from './call.ts';
import { Tickets } from './ticket.ts';

/** Joins a queue, in a group and within the limits. The address is what this process sees, not what the caller says. */
export function join(deps: Deps) {
  const tickets = new Tickets(deps);
  return async (
    { scheduleId, memberId }: JoinRequest,
    call: Call,
  ): Promise<MessageInitShape<typeof JoinResponseSchema>> => {
    const { clientAddress } = call;
    const { status, body } = await joinQueue(deps, { scheduleId, memberId, clientAddress }, () => call.reading);
    const token = deps.tokens.given(body.token, memberId);
    return {
      token: body.token,
      ticket: await tickets.as(token, body, call.reading),
      created: status === 201,
    };
  };
}

/** Tells how a ticket stands. */
export function getTicket(deps: Deps) {
  const tickets = new Tickets(deps);
  return async (
    _request: GetTicketRequest,
    call: Call,
    token: QueueToken,
  ): Promise<MessageInitShape<typeof GetTicketResponseSchema>> => ({ ticket: await tickets.of(token, call.reading) });
}

/** Gives a ticket up. */
export function leave({ queue, positions }: Deps) {
  return async (
    request: LeaveRequest,
    call: Call,
    token: QueueToken,
  ): Promise<MessageInitShape<typeof LeaveResponseSchema>> => {
    const left = await queue.leave(request, call.writing);
    positions.left(token);
    return left;
  };
}
