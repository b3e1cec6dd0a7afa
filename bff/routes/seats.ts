import { refuse } from '@boxoffice/runtime/error';
import { reading, type Context, type Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { idOf } from '../request/parameters.ts';
import { answerHeaders } from '../answers/send.ts';

/** The seats of a date, for who is admitted. */
export function seatRoutes(routes: Routes, deps: Deps): void {
  routes.get('/v1/schedules/:id/seats', listSeats(deps));
  routes.get('/v1/schedules/:id/seats/events', watchSeats(deps));
}

function listSeats({ seatLists, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const token = tokens.forSchedule(ctx, idOf(ctx));
    const listing = await seatLists.of(token, reading(ctx));
    ctx.status = 200;
    // May be kept by who asked, and is asked for every time: the ticket may be over by then.
    ctx.set({ ...answerHeaders, 'Cache-Control': 'private, no-cache', ETag: listing.etag });
    if (ctx.fresh) {
      ctx.status = 304;
    } else {
      ctx.body = listing.body;
    }
  };
}

function watchSeats({ admissions, seatStreams, tokens }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const token = tokens.forStream(ctx, idOf(ctx));
    if (ctx.method === 'HEAD') {
      throw refuse('REQUEST_INVALID', 'a stream has no head of its own: use GET');
    }
    const release = seatStreams.reserve(token);
    try {
      const options = reading(ctx);
      const { until: admittedUntil } = await admissions.check(token, options);
      const map = await seatStreams.map(token, options.signal);
      if (ctx.res.destroyed || ctx.req.socket.destroyed) {
        return release();
      }
      seatStreams.open(ctx.res, token, { map, admittedUntil, release });
      ctx.respond = false;
    } catch (error) {
      release();
      throw error;
    }
  };
}
