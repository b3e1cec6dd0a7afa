import { create } from '@bufbuild/protobuf';
import {
  GetConcertRequestSchema,
  GetScheduleRequestSchema,
  ListConcertsRequestSchema,
  ListSchedulesRequestSchema,
} from '@boxoffice/proto/inventory';
import { validateRequest } from '@boxoffice/runtime/validation';
import { concertAnswer, scheduleAnswer } from '../answers/catalogue.ts';
import { reading, type Context, type Routes } from '../context.ts';
import type { Deps } from '../deps.ts';
import { dateInQuery, idOf, pageOf } from '../parameters.ts';
import { page, present, sendPublic } from '../send.ts';

// What is on rarely changes; how many seats remain changes all the time.
const concertMaxAgeSeconds = 30;
const schedulesMaxAgeSeconds = 1;

/** What is on. Open to everybody. */
export function catalogueRoutes(routes: Routes, deps: Deps): void {
  routes.get('/v1/concerts', listConcerts(deps));
  routes.get('/v1/concerts/:id', getConcert(deps));
  routes.get('/v1/concerts/:id/schedules', listSchedulesOfConcert(deps));
  routes.get('/v1/schedules', listSchedulesOfDay(deps));
  routes.get('/v1/schedules/:id', getSchedule(deps));
}

function listConcerts({ inventory }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(ListConcertsRequestSchema, pageOf(ctx));
    validateRequest(ListConcertsRequestSchema, request);
    const { concerts, nextPageToken } = await inventory.listConcerts(request, reading(ctx));
    sendPublic(ctx, page('concerts', concerts.map(concertAnswer), nextPageToken), schedulesMaxAgeSeconds);
  };
}

function getConcert({ inventory }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(GetConcertRequestSchema, { concertId: idOf(ctx) });
    const { concert } = await inventory.getConcert(request, reading(ctx));
    sendPublic(ctx, concertAnswer(present(concert)), concertMaxAgeSeconds);
  };
}

function getSchedule({ inventory }: Deps) {
  return async (ctx: Context): Promise<void> => {
    const request = create(GetScheduleRequestSchema, { scheduleId: idOf(ctx) });
    const { schedule } = await inventory.getSchedule(request, reading(ctx));
    sendPublic(ctx, scheduleAnswer(present(schedule)), schedulesMaxAgeSeconds);
  };
}

function listSchedulesOfConcert(deps: Deps) {
  return (ctx: Context): Promise<void> => listSchedules(deps, ctx, { concertId: idOf(ctx) });
}

function listSchedulesOfDay(deps: Deps) {
  return (ctx: Context): Promise<void> => listSchedules(deps, ctx, { date: dateInQuery(ctx) });
}

async function listSchedules({ inventory }: Deps, ctx: Context, which: { concertId: bigint } | { date: string }) {
  const request = create(ListSchedulesRequestSchema, { ...which, ...pageOf(ctx) });
  validateRequest(ListSchedulesRequestSchema, request);
  const { schedules, nextPageToken } = await inventory.listSchedules(request, reading(ctx));
  sendPublic(ctx, page('schedules', schedules.map(scheduleAnswer), nextPageToken), schedulesMaxAgeSeconds);
}
