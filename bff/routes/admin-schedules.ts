import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { groupsOfSchedule } from '@boxoffice/proto/catalog-groups';
import { CreateScheduleRequestSchema, LayoutSectionSchema, type LayoutSection } from '@boxoffice/proto/inventory';
import { OpenQueueRequestSchema, PolicySchema, type OpenQueueRequest } from '@boxoffice/proto/queue';
import { validateRequest } from '@boxoffice/runtime/validation';
import { scheduleAnswer } from '../answers/catalogue.ts';
import { queueAnswer } from '../answers/queue.ts';
import { readJsonBody } from '../request/body.ts';
import { writing, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../request/fields.ts';
import { derivedId, requestIdOf } from '../request/idempotency.ts';
import { idOf } from '../request/parameters.ts';
import { readPolicy } from '../request/policy-fields.ts';
import { present, send } from '../answers/send.ts';

/** Entering dates, each with its queue. For operators. */
export function adminScheduleRoutes(routes: Routes, deps: Deps): void {
  routes.post('/v1/admin/concerts/:id/schedules', createSchedule(deps));
}

/**
 * Two calls, each safe to repeat: when the second one fails, the same request with the same `Idempotency-Key` finds the
 * date made and opens its queue.
 */
function createSchedule({ inventoryAdmin, queueAdmin, catalogue }: Deps) {
  return async (ctx: Context): Promise<void> => {
    ctx.state.fieldNames = { policy: 'queue' };
    const concertId = idOf(ctx);
    const requestId = requestIdOf(ctx);
    const body = new Fields(await readJsonBody(ctx.req));
    const schedule = readSchedule(body);
    const queueToOpen = readQueue(body.object('queue'));
    body.done();
    const request = create(CreateScheduleRequestSchema, { requestId, concertId, ...schedule });
    validateRequest(CreateScheduleRequestSchema, request);
    queueToOpen.requestId = derivedId(requestId, 'open-queue');
    // The id is not known yet; everything else can be wrong already.
    queueToOpen.scheduleId = 1n;
    validateRequest(OpenQueueRequestSchema, queueToOpen);

    const created = present((await inventoryAdmin.createSchedule(request, writing(ctx))).schedule);
    catalogue.forget(...groupsOfSchedule(created));
    queueToOpen.scheduleId = created.id;
    const { queue } = await queueAdmin.openQueue(queueToOpen, writing(ctx));
    ctx.set('Location', `/v1/admin/schedules/${created.id}/queue`);
    send(ctx, 201, { ...scheduleAnswer(created), queue: queueAnswer(present(queue)) });
  };
}

function readSchedule(body: Fields) {
  const layout = body.objects('layout').map(readSection);
  const seatCount = body.integer32('seatCount');
  const price = body.integer('price');
  const bookingOpensAt = body.timestamp('bookingOpensAt');
  const bookingClosesAt = body.timestamp('bookingClosesAt');
  const holdSeconds = body.integer32('holdSeconds');
  // Zero is what the message says for "not given".
  if (seatCount === 0) {
    body.reject('seatCount', 'has to be at least 1');
  }
  if (price === undefined && layout.length === 0) {
    body.reject('price', 'has to be given where there is no layout');
  }
  return {
    date: body.text('date') ?? '',
    layout,
    seatCount: seatCount ?? 0,
    price: price ?? 0n,
    ...(bookingOpensAt !== undefined && { bookingOpensAt }),
    ...(bookingClosesAt !== undefined && { bookingClosesAt }),
    ...(holdSeconds !== undefined && { holdDuration: durationFromMs(holdSeconds * 1_000) }),
  };
}

function readSection(fields: Fields): LayoutSection {
  const price = fields.integer('price');
  if (!fields.has('price')) {
    fields.reject('price', 'has to be given');
  }
  return create(LayoutSectionSchema, {
    section: fields.text('section') ?? '',
    rows: fields.integer32('rows') ?? 0,
    seatsPerRow: fields.integer32('seatsPerRow') ?? 0,
    price: price ?? 0n,
  });
}

function readQueue(fields: Fields | undefined): OpenQueueRequest {
  if (fields === undefined) {
    return create(OpenQueueRequestSchema);
  }
  const { policy, given } = readPolicy(fields, create(PolicySchema));
  const opensAt = fields.timestamp('opensAt');
  return create(OpenQueueRequestSchema, {
    ...(given.length > 0 && { policy, policyMask: { paths: [...given] } }),
    ...(opensAt !== undefined && { opensAt }),
  });
}
