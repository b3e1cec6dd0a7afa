import type { CallOptions } from '@connectrpc/connect';
import { housePartner } from '@boxoffice/runtime/identity';
import type { PositionAnswer } from '../answers/position.ts';
import type { Deps } from '../deps.ts';

/** A member who wants a ticket. */
export interface JoinRequest {
  readonly scheduleId: bigint;
  readonly memberId: string;
  /** The IP address the member comes from, where it is known. */
  readonly clientAddress: string | undefined;
}

/** The ticket, and how it stands. */
export interface JoinAnswer {
  readonly status: 200 | 201;
  readonly body: { readonly token: string } & PositionAnswer;
}

/** What joins are made with. */
export type JoinParts = Pick<Deps, 'joinLimits' | 'joins' | 'tokens' | 'positions'>;

/**
 * Gives a member a ticket, or the one the member has, and tells how it stands: as the board has it, like every poll that
 * follows. Were it the Queue's own answer, which is a moment ahead of the board, the next poll could tell of more people
 * ahead.
 *
 * @param options how to call the Queue, made when it has to be: where there is no board yet.
 * @throws WebError TOO_MANY_REQUESTS; ServiceError what `QueueService.Join` refuses for; ConnectError when the Queue cannot be reached.
 */
export async function joinQueue(
  { joinLimits, joins, tokens, positions }: JoinParts,
  { scheduleId, memberId, clientAddress }: JoinRequest,
  options: () => CallOptions,
): Promise<JoinAnswer> {
  // Undefined when it may go on at once.
  const limited = joinLimits.check(memberId, clientAddress);
  if (limited !== undefined) {
    await limited;
  }
  const joined = await joins.join(scheduleId, { memberId, clientAddress: clientAddress ?? '' });
  const { token: text, number, ticketId, joinedAt: issuedAt, created } = joined;
  const claims = { partner: housePartner, memberId, scheduleId, number, ticketId, issuedAt };
  const token = tokens.issued(text, claims);
  if (created) {
    positions.joined(token);
  }
  const answer = positions.peek(token) ?? (await positions.of(token, options)).answer;
  return { status: created ? 201 : 200, body: { token: text, ...answer } };
}
