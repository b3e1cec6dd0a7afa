import { create } from '@bufbuild/protobuf';
import { groupsOfSchedule } from '@boxoffice/proto/catalog-groups';
import { ChangePriceRequestSchema } from '@boxoffice/proto/inventory';
import { validateRequest } from '@boxoffice/runtime/validation';
import { scheduleAnswer } from '../answers/catalogue.ts';
import { readJsonBody } from '../request/body.ts';
import { writing, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../request/fields.ts';
import { requestIdOf } from '../request/idempotency.ts';
import { idOf } from '../request/parameters.ts';
import { present, send } from '../answers/send.ts';

/** Changing what seats cost, and calling a date off. For operators. */
export function adminSaleRoutes(routes: Routes, deps: Deps): void {
  routes.post('/v1/admin/schedules/:id/prices', changePrice(deps));
  routes.post('/v1/admin/schedules/:id/cancellation', cancelSchedule(deps));
}

function changePrice({ inventoryAdmin }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const [scheduleId, requestId] = [idOf(ctx), requestIdOf(ctx)];
    const body = new Fields(await readJsonBody(ctx.req));
    const price = body.integer('price');
    const seatIds = body.integers('seatIds');
    const section = body.text('section');
    if (!body.has('price')) {
      body.reject('price', 'has to be given');
    }
    // An empty list, or name, is what the message says for "all seats".
    if (body.has('seatIds') && seatIds.length === 0) {
      body.reject('seatIds', 'has to have a seat in it; leave it out to change all');
    }
    if (section === '') {
      body.reject('section', 'has to be a section; leave it out to change all');
    }
    if (body.has('seatIds') && body.has('section')) {
      body.reject('section', 'cannot be given together with seatIds');
    }
    body.done();
    const asked = { requestId, scheduleId, price: price ?? 0n, seatIds, section: section ?? '' };
    const request = create(ChangePriceRequestSchema, asked);
    validateRequest(ChangePriceRequestSchema, request);
    const { changed } = await inventoryAdmin.changePrice(request, writing(ctx));
    send(ctx, 200, { changed });
  };
}

function cancelSchedule({ catalogue, inventoryAdmin }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const [scheduleId, requestId] = [idOf(ctx), requestIdOf(ctx)];
    new Fields(await readJsonBody(ctx.req)).done();
    const answer = await inventoryAdmin.cancelSchedule({ requestId, scheduleId }, writing(ctx));
    const schedule = present(answer.schedule);
    catalogue.forget(...groupsOfSchedule(schedule));
    send(ctx, 200, { ...scheduleAnswer(schedule), cancelledReservations: answer.cancelledReservations });
  };
}
