import { create } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  PolicySchema,
  UpdatePolicyRequestSchema,
  UpdatePolicyResponseSchema,
  type QueueAdminService,
  type UpdatePolicyRequest,
  type UpdatePolicyResponse,
} from '@boxoffice/proto/queue';
import { recordAction } from '@boxoffice/runtime/database/actions';
import { once } from '@boxoffice/runtime/database/requests';
import type { PoolClient } from '@boxoffice/runtime/database/transaction';
import { identityOf } from '@boxoffice/runtime/identity';
import { responseOf } from '@boxoffice/runtime/replay';

import { lockKnownQueue, queueClosed, readQueue } from '../admin.ts';
import type { Deps } from '../deps.ts';
import { mergedPolicy, policyValues, samePolicy } from '../policy.ts';
import { changePolicy } from '../sql/change-policy.ts';
import { recordState } from '../sql/record-change.ts';

/** Changes the named fields of a queue's policy, from the next tick on. */
export const updatePolicy =
  ({ pool, wakeUps }: Deps): ServiceImpl<typeof QueueAdminService>['updatePolicy'] =>
  async (request, context) => {
    const { partner } = identityOf(context);
    const { requestId } = request;
    const [requestSchema, responseSchema] = [UpdatePolicyRequestSchema, UpdatePolicyResponseSchema];
    const call = {
      requestId,
      partner,
      memberId: '',
      operation: 'UpdatePolicy',
      request,
      requestSchema,
      responseSchema,
    };
    const updated = await once(pool, call, async (client) => {
      const changed = await update(client, request);
      await recordAction(client, context, request, { kind: 'queues', id: request.scheduleId, field: 'scheduleId' });
      return changed;
    });
    wakeUps.mayAdmit(request.scheduleId);
    return responseOf(context, updated);
  };

async function update(client: PoolClient, request: UpdatePolicyRequest): Promise<UpdatePolicyResponse> {
  const { scheduleId, updateMask } = request;
  const queue = await lockKnownQueue(client, scheduleId);
  if (queue.state === 'CLOSED') throw queueClosed(scheduleId);
  const policy = mergedPolicy(queue, request.policy ?? create(PolicySchema), updateMask);
  if (!samePolicy(queue, policy)) {
    await changePolicy.run(client, [scheduleId, ...policyValues(policy)]);
    await recordState.run(client, [scheduleId, queue.state]);
  }
  return create(UpdatePolicyResponseSchema, { queue: await readQueue(client, scheduleId) });
}
