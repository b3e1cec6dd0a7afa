import { create } from '@bufbuild/protobuf';
import { JoinRequestSchema } from '@boxoffice/proto/queue';
import { refuse } from '@boxoffice/runtime/error';
import { validateRequest } from '@boxoffice/runtime/validation';
import { isFinal } from '../answers/position.ts';
import { readJsonBody } from '../request/body.ts';
import { clientAddressOf } from '../http/client-address.ts';
import { reading, writing, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { Fields } from '../request/fields.ts';
import { idempotencyKeyOf, requestIdOf } from '../request/idempotency.ts';
import { joinQueue } from '../joining/join-queue.ts';
import { memberOf } from '../caller/member.ts';
import { idOf } from '../request/parameters.ts';
import { hasSeenTheEnd, revisionOf } from '../positions/position-watcher.ts';
import { send } from '../answers/send.ts';

const tickets = '/v1/schedules/:id/queue/tickets';

/** A member's place in the line of a date: take one, watch it, give it up. */
export function ticketRoutes(routes: Routes, deps: Deps): void {
  routes.post(tickets, join(deps));
  routes.get(`${tickets}/me`, getTicket(deps));
  routes.get(`${tickets}/me/events`, watchTicket(deps));
  routes.delete(`${tickets}/me`, leave(deps));
}

function join(deps: Deps) {
  return async (ctx: Context): Promise<void> => {
    const scheduleId = idOf(ctx);
    idempotencyKeyOf(ctx);
    const body = new Fields(await readJsonBody(ctx.req));
    const named = body.memberId('memberId');
    body.done();
    const memberId = memberOf(ctx, named) ?? '';
    validateRequest(JoinRequestSchema, create(JoinRequestSchema, { scheduleId, memberId }));
    const clientAddress = clientAddressOf(ctx.req, deps.trustedProxies);
    const joined = await joinQueue(deps, { scheduleId, memberId, clientAddress }, () => reading(ctx));
    send(ctx, joined.status, joined.body);
  };
}

function getTicket({ tokens, positions }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const token = tokens.forSchedule(ctx, idOf(ctx));
    const { answer } = await positions.of(token, () => reading(ctx));
    send(ctx, 200, answer);
  };
}

function watchTicket({ tokens, positions, streams }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const token = tokens.forStream(ctx, idOf(ctx));
    const header = ctx.req.headers['last-event-id'];
    const lastEventId = header === undefined ? undefined : String(header);
    if (ctx.method === 'HEAD') {
      throw refuse('REQUEST_INVALID', 'a stream has no head of its own: use GET');
    }
    const release = streams.reserve(token);
    try {
      const first = await positions.since(revisionOf(lastEventId), token, () => reading(ctx));
      if (isFinal(first.answer) && hasSeenTheEnd(lastEventId)) {
        // What tells an EventSource not to connect again.
        ctx.status = 204;
        return release();
      }
      if (ctx.res.destroyed || ctx.req.socket.destroyed) {
        return release();
      }
      ctx.respond = false;
      streams.open(ctx.res, token, { first, lastEventId, release });
    } catch (error) {
      release();
      throw error;
    }
  };
}

function leave({ queue, tokens, positions }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const requestId = requestIdOf(ctx);
    const token = tokens.forSchedule(ctx, idOf(ctx));
    await queue.leave({ requestId, token: token.text }, writing(ctx));
    positions.left(token);
    ctx.status = 204;
  };
}
