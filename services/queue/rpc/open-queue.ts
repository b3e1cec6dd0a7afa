import { create } from '@bufbuild/protobuf';
import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  OpenQueueRequestSchema,
  OpenQueueResponseSchema,
  type OpenQueueRequest,
  type OpenQueueResponse,
  type QueueAdminService,
} from '@boxoffice/proto/queue';
import { recordAction } from '@boxoffice/runtime/database/actions';
import { once } from '@boxoffice/runtime/database/requests';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { refuse } from '@boxoffice/runtime/error';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import { lockKnownQueue, readQueue } from '../admin.ts';
import type { Deps } from '../deps.ts';
import { defaultPolicy, mergedPolicy, policyValues, samePolicy, type PolicyRow } from '../policy.ts';
import { createQueue } from '../sql/create-queue.ts';

/** Opens the queue of a schedule, or gives back one that was opened the same. */
export const openQueue =
  ({ pool }: Deps): ServiceImpl<typeof QueueAdminService>['openQueue'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const { requestId } = request;
    const [requestSchema, responseSchema] = [OpenQueueRequestSchema, OpenQueueResponseSchema];
    const call = { requestId, partner, memberId: '', operation: 'OpenQueue', request, requestSchema, responseSchema };
    return responseOf(
      context,
      await once(pool, call, async (client) => {
        const opened = await open(client, request);
        await recordAction(client, context, request, { kind: 'queues', id: request.scheduleId, field: 'scheduleId' });
        return opened;
      }),
    );
  };

async function open(client: PoolClient, request: OpenQueueRequest): Promise<OpenQueueResponse> {
  const { scheduleId } = request;
  const policy =
    request.policy === undefined ? defaultPolicy : mergedPolicy(defaultPolicy, request.policy, request.policyMask);
  const opensAt = request.opensAt === undefined ? null : timestampDate(request.opensAt);
  const created = await createQueue.maybe(client, [scheduleId, ...policyValues(policy), opensAt]);
  if (created === undefined) await requireSame(client, scheduleId, policy, opensAt);
  return create(OpenQueueResponseSchema, { queue: await readQueue(client, scheduleId) });
}

/** "Now" is the same as any time that has come. */
async function requireSame(
  client: PoolClient,
  scheduleId: bigint,
  policy: PolicyRow,
  opensAt: Date | null,
): Promise<void> {
  const queue = await lockKnownQueue(client, scheduleId);
  const sameOpening = opensAt === null ? queue.due : queue.opens_at.getTime() === opensAt.getTime();
  if (!sameOpening || !samePolicy(queue, policy)) {
    throw refuse('QUEUE_EXISTS', `schedule ${scheduleId} has a queue with another policy or opening time`);
  }
}
