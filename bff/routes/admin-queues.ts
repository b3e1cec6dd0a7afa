import { create } from '@bufbuild/protobuf';
import { ListQueuesRequestSchema, PolicySchema, UpdatePolicyRequestSchema, type Queue } from '@boxoffice/proto/queue';
import type { Schedule } from '@boxoffice/proto/inventory';
import { reasonOf } from '@boxoffice/runtime/error';
import type { CallOptions } from '@connectrpc/connect';
import { validateRequest } from '@boxoffice/runtime/validation';
import { scheduleAnswer } from '../answers/catalogue.ts';
import { queueAnswer } from '../answers/queue.ts';
import { readJsonBody } from '../request/body.ts';
import { reading, writing, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../request/fields.ts';
import { requestIdOf } from '../request/idempotency.ts';
import { idOf, pageOf, queueStateInQuery } from '../request/parameters.ts';
import { readPolicy } from '../request/policy-fields.ts';
import { page, present, send } from '../answers/send.ts';

const queuePath = '/v1/admin/schedules/:id/queue';

/** Looking at queues and steering them. For operators. */
export function adminQueueRoutes(routes: Routes, deps: Deps): void {
  const { queueAdmin } = deps;
  routes.get('/v1/admin/queues', listQueues(deps));
  routes.get(queuePath, getQueue(deps));
  routes.patch(queuePath, updatePolicy(deps));
  routes.post(
    `${queuePath}/pause`,
    steer((request, options) => queueAdmin.pauseQueue(request, options)),
  );
  routes.post(
    `${queuePath}/resume`,
    steer((request, options) => queueAdmin.resumeQueue(request, options)),
  );
  routes.post(
    `${queuePath}/close`,
    steer((request, options) => queueAdmin.closeQueue(request, options)),
  );
}

/** Each with the date it is of, where Inventory has one: a queue alone has a number only. */
function listQueues({ queueAdmin, inventory }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const state = queueStateInQuery(ctx);
    const states = state === undefined ? [] : [state];
    const request = create(ListQueuesRequestSchema, { states, ...pageOf(ctx) });
    validateRequest(ListQueuesRequestSchema, request);
    const options = reading(ctx);
    const { queues, nextPageToken } = await queueAdmin.listQueues(request, options);
    const answers = queues.map(async (queue) => {
      const schedule = await scheduleOf(inventory, queue, options);
      return { ...queueAnswer(queue), ...(schedule && { schedule: scheduleAnswer(schedule) }) };
    });
    send(ctx, 200, page('queues', await Promise.all(answers), nextPageToken));
  };
}

async function scheduleOf(
  inventory: Deps['inventory'],
  { scheduleId }: Queue,
  options: CallOptions,
): Promise<Schedule | undefined> {
  try {
    return (await inventory.getSchedule({ scheduleId }, options)).schedule;
  } catch (error) {
    if (reasonOf(error) === 'SCHEDULE_UNKNOWN') return undefined;
    throw error;
  }
}

function getQueue({ queueAdmin }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const { queue } = await queueAdmin.getQueue({ scheduleId: idOf(ctx) }, reading(ctx));
    send(ctx, 200, queueAnswer(present(queue)));
  };
}

/**
 * Only the given fields change. They are checked by themselves, and together with those that stand, which the rules need:
 * a count without its interval says nothing.
 */
function updatePolicy({ queueAdmin }: Deps) {
  return async (ctx: Context): Promise<void> => {
    ctx.state.fieldNames = { policy: '' };
    const scheduleId = idOf(ctx);
    const requestId = requestIdOf(ctx);
    const body = new Fields(await readJsonBody(ctx.req));
    const alone = readPolicy(body, create(PolicySchema, { admitInterval: { seconds: 1n } })).policy;
    body.done();
    validateRequest(PolicySchema, alone);
    const { queue } = await queueAdmin.getQueue({ scheduleId }, reading(ctx));
    const standing = present(queue);
    const { policy, given } = readPolicy(body, standing.policy ?? create(PolicySchema));
    if (given.length === 0) {
      // An empty mask would mean every field.
      send(ctx, 200, queueAnswer(standing));
      return;
    }
    const request = create(UpdatePolicyRequestSchema, {
      requestId,
      scheduleId,
      policy,
      updateMask: { paths: [...given] },
    });
    validateRequest(UpdatePolicyRequestSchema, request);
    const updated = await queueAdmin.updatePolicy(request, writing(ctx));
    send(ctx, 200, queueAnswer(present(updated.queue)));
  };
}

type Steer = (
  request: { requestId: string; scheduleId: bigint },
  options: CallOptions,
) => Promise<{ queue?: Queue | undefined }>;

function steer(call: Steer) {
  return async (ctx: Context): Promise<void> => {
    const scheduleId = idOf(ctx);
    const requestId = requestIdOf(ctx);
    new Fields(await readJsonBody(ctx.req)).done();
    const { queue } = await call({ requestId, scheduleId }, writing(ctx));
    send(ctx, 200, queueAnswer(present(queue)));
  };
}
