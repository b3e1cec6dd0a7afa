import { create } from '@bufbuild/protobuf';
import { groupsOfConcert } from '@boxoffice/proto/catalog-groups';
import { CreateConcertRequestSchema, UpdateConcertRequestSchema } from '@boxoffice/proto/inventory';
import { validateRequest } from '@boxoffice/runtime/validation';
import { concertAnswer } from '../answers/catalogue.ts';
import { readJsonBody } from '../request/body.ts';
import { writing, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../request/fields.ts';
import { requestIdOf } from '../request/idempotency.ts';
import { idOf } from '../request/parameters.ts';
import { present, send } from '../answers/send.ts';

/** Entering concerts, and changing them. For operators. */
export function adminConcertRoutes(routes: Routes, deps: Deps): void {
  routes.post('/v1/admin/concerts', createConcert(deps));
  routes.patch('/v1/admin/concerts/:id', updateConcert(deps));
}

function createConcert({ inventoryAdmin, catalogue }: Deps) {
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
    catalogue.forget(...groupsOfConcert(concert.id));
    ctx.set('Location', `/v1/concerts/${concert.id}`);
    send(ctx, 201, concertAnswer(concert));
  };
}

const changeable = ['name', 'description', 'venue'] as const;

function updateConcert({ inventoryAdmin, catalogue }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const concertId = idOf(ctx);
    const requestId = requestIdOf(ctx);
    const body = new Fields(await readJsonBody(ctx.req));
    const given = changeable.filter((name) => body.has(name));
    const fields = Object.fromEntries(given.map((name) => [name, body.text(name)]));
    // The rule in the .proto is one of the whole message, and names no field.
    if (fields['name'] === '') {
      body.reject('name', 'must not be empty');
    }
    if (given.length === 0) {
      body.reject('name', 'has to be given, or description or venue');
    }
    body.done();
    const request = create(UpdateConcertRequestSchema, {
      requestId,
      concertId,
      ...fields,
      updateMask: { paths: given },
    });
    validateRequest(UpdateConcertRequestSchema, request);
    const { concert } = await inventoryAdmin.updateConcert(request, writing(ctx));
    catalogue.forget(...groupsOfConcert(concertId));
    send(ctx, 200, concertAnswer(present(concert)));
  };
}
