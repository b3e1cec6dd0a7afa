import { create } from '@bufbuild/protobuf';
import { CreateConcertRequestSchema } from '@boxoffice/proto/inventory';
import { validateRequest } from '@boxoffice/runtime/validation';
import { concertAnswer } from '../answers/catalogue.ts';
import { readJsonBody } from '../body.ts';
import { writing, type Context, type Routes } from '../context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../fields.ts';
import { requestIdOf } from '../idempotency.ts';
import { present, send } from '../send.ts';

/** Entering concerts. For operators. */
export function adminConcertRoutes(routes: Routes, deps: Deps): void {
  routes.post('/v1/admin/concerts', createConcert(deps));
}

function createConcert({ inventoryAdmin }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const requestId = requestIdOf(ctx);
    const body = new Fields(await readJsonBody(ctx.req));
    const name = body.text('name') ?? '';
    const description = body.text('description') ?? '';
    const venue = body.text('venue') ?? '';
    body.done();
    const request = create(CreateConcertRequestSchema, { requestId, name, description, venue });
    validateRequest(CreateConcertRequestSchema, request);
    const concert = present((await inventoryAdmin.createConcert(request, writing(ctx))).concert);
    ctx.set('Location', `/v1/concerts/${concert.id}`);
    send(ctx, 201, concertAnswer(concert));
  };
}
