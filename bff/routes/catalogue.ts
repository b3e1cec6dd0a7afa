import { create } from '@bufbuild/protobuf';
import type { CallOptions } from '@connectrpc/connect';
import {
  GetConcertRequestSchema,
  GetScheduleRequestSchema,
  ListConcertsRequestSchema,
  ListSchedulesRequestSchema,
  type ListSchedulesRequest,
} from '@boxoffice/proto/inventory';
import type { MemoryEntry } from '@boxoffice/runtime/memory';
import { validateRequest } from '@boxoffice/runtime/validation';
import { concertAnswer, scheduleAnswer } from '../answers/catalogue.ts';
import {
  concertEntry,
  concertsEntry,
  datesOfConcertEntry,
  datesOfDayEntry,
  scheduleEntry,
} from '../catalogue/entries.ts';
import type { Context, Routes } from '../request/context.ts';
import type { Deps } from '../deps.ts';
import { dateInQuery, idOf, pageOf } from '../request/parameters.ts';
import { page, present, sendReady } from '../answers/send.ts';

/** What is on. Open to everybody. */
export function catalogueRoutes(routes: Routes, deps: Deps): void {
  routes.get('/v1/concerts', listConcerts(deps));
  routes.get('/v1/concerts/:id', getConcert(deps));
  routes.get('/v1/concerts/:id/schedules', listSchedulesOfConcert(deps));
  routes.get('/v1/schedules', listSchedulesOfDay(deps));
  routes.get('/v1/schedules/:id', getSchedule(deps));
}

type Ask = (options: CallOptions) => Promise<object>;

async function answer({ catalogue }: Deps, ctx: Context, entry: MemoryEntry, ask: Ask): Promise<void> {
  sendReady(ctx, await catalogue.read(entry, ctx.state.requestId, ask));
}

function listConcerts(deps: Deps) {
  return async (ctx: Context): Promise<void> => {
    const which = pageOf(ctx);
    const request = create(ListConcertsRequestSchema, which);
    validateRequest(ListConcertsRequestSchema, request);
    await answer(deps, ctx, concertsEntry(which), async (options) => {
      const { concerts, nextPageToken } = await deps.inventory.listConcerts(request, options);
      return page('concerts', concerts.map(concertAnswer), nextPageToken);
    });
  };
}

function getConcert(deps: Deps) {
  return async (ctx: Context): Promise<void> => {
    const concertId = idOf(ctx);
    await answer(deps, ctx, concertEntry(concertId), async (options) => {
      const request = create(GetConcertRequestSchema, { concertId });
      return concertAnswer(present((await deps.inventory.getConcert(request, options)).concert));
    });
  };
}

function getSchedule(deps: Deps) {
  return async (ctx: Context): Promise<void> => {
    const scheduleId = idOf(ctx);
    await answer(deps, ctx, scheduleEntry(scheduleId), async (options) => {
      const request = create(GetScheduleRequestSchema, { scheduleId });
      return scheduleAnswer(present((await deps.inventory.getSchedule(request, options)).schedule));
    });
  };
}

function listSchedulesOfConcert(deps: Deps) {
  return async (ctx: Context): Promise<void> => {
    const concertId = idOf(ctx);
    const which = pageOf(ctx);
    const request = create(ListSchedulesRequestSchema, { concertId, ...which });
    await answer(deps, ctx, datesOfConcertEntry(concertId, which), listSchedules(deps, request));
  };
}

function listSchedulesOfDay(deps: Deps) {
  return async (ctx: Context): Promise<void> => {
    const date = dateInQuery(ctx);
    const which = pageOf(ctx);
    const request = create(ListSchedulesRequestSchema, { date, ...which });
    await answer(deps, ctx, datesOfDayEntry(date, which), listSchedules(deps, request));
  };
}

function listSchedules({ inventory }: Deps, request: ListSchedulesRequest): Ask {
  validateRequest(ListSchedulesRequestSchema, request);
  return async (options) => {
    const { schedules, nextPageToken } = await inventory.listSchedules(request, options);
    return page('schedules', schedules.map(scheduleAnswer), nextPageToken);
  };
}
