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

import { countedAddress } from '../address.ts';
import type { Deps } from '../deps.ts';
import { issue, type Issued } from '../joining.ts';

/** Issues tickets to members who come at the same moment. */
export const joinGroup =
  (deps: Deps): ServiceImpl<typeof QueueService>['joinGroup'] =>
  async ({ scheduleId, joiners }, context) => {
    const { partner } = identityOf(context);
    const join = ({ memberId, clientAddress }: (typeof joiners)[number]): Promise<JoinGroupResponse_Result> =>
      issue(deps, scheduleId, { partner, memberId, address: countedAddress(clientAddress) }).then(joined, refused);
    return { results: await Promise.all(joiners.map(join)) };
  };

function joined({ token, ticket, created }: Issued): JoinGroupResponse_Result {
  const { number, ticketId, joinedAt, status } = ticket;
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
