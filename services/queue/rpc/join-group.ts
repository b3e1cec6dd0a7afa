import { setImmediate } from 'node:timers/promises';

import { create } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  JoinGroupResponse_ResultSchema,
  type JoinGroupResponse_Result,
  type QueueService,
} from '@boxoffice/proto/queue';
import { retryAfterMsOf, ServiceError } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';

import type { Deps } from '../deps.ts';
import type { Joiner } from '../join-batch.ts';
import { addressOf, issue, tokenOf, type Issued } from '../joining.ts';

/** Tokens signed in one go: a millisecond, in which nobody else is served, not the database's answer to the next group either. */
const tokensAtOnce = 32;

/** Issues tickets to members who come at the same moment. */
export const joinGroup =
  (deps: Deps): ServiceImpl<typeof QueueService>['joinGroup'] =>
  async ({ scheduleId, joiners }, context) => {
    const { partner } = identityOf(context);
    const joinersHere = joiners.map(({ memberId, clientAddress }) => {
      return { partner, memberId, address: addressOf(clientAddress) };
    });
    const issued = await Promise.all(
      joinersHere.map((joiner) => issue(deps, scheduleId, joiner).catch((error: unknown) => refused(error))),
    );
    const results: JoinGroupResponse_Result[] = [];
    for (const [index, joiner] of joinersHere.entries()) {
      if (index > 0 && index % tokensAtOnce === 0) await setImmediate();
      const one = issued[index];
      if (one !== undefined) results.push('ticket' in one ? joined(deps, scheduleId, joiner, one) : one);
    }
    return { results };
  };

function joined(
  { signToken }: Deps,
  scheduleId: bigint,
  joiner: Joiner,
  { ticket, created }: Issued,
): JoinGroupResponse_Result {
  const { number, ticketId, joinedAt, status } = ticket;
  const token = tokenOf(signToken, scheduleId, joiner, ticket);
  const value = {
    token,
    number,
    ticketId,
    joinedAt: timestampFromDate(joinedAt),
    created,
    waiting: status === 'WAITING',
  };
  return create(JoinGroupResponse_ResultSchema, { result: { case: 'joined', value } });
}

/** @throws what is no refusal of one member: an unknown queue, a database that is away. */
function refused(error: unknown): JoinGroupResponse_Result {
  if (!(error instanceof ServiceError) || error.reason === 'QUEUE_UNKNOWN') throw error;
  const retryAfterMs = retryAfterMsOf(error);
  const retryAfter = retryAfterMs === undefined ? {} : { retryAfter: durationFromMs(retryAfterMs) };
  const value = { reason: error.reason, message: error.rawMessage, ...retryAfter };
  return create(JoinGroupResponse_ResultSchema, { result: { case: 'refused', value } });
}
