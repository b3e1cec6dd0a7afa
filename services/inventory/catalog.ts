import { create } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import { raw, type EntityManager, type FilterQuery } from '@mikro-orm/postgresql';
import {
  ConcertSchema,
  ListConcertsResponseSchema,
  ScheduleSchema,
  ScheduleState,
  type Concert,
  type ListConcertsResponse,
  type Schedule,
} from '@boxoffice/proto/inventory';
import type { Orm } from '@boxoffice/runtime/database/orm';
import { encodePageToken } from '@boxoffice/runtime/database/page-token';
import type { Queryable } from '@boxoffice/runtime/database/statement';
import { refuse } from '@boxoffice/runtime/error';

import { ConcertEntity, ScheduleEntity, type ConcertRecord, type ScheduleRecord } from './entities.ts';
import { countRemaining } from './sql/count-remaining.ts';

/** Finds a concert. @throws ServiceError CONCERT_UNKNOWN. */
export async function findConcert(em: EntityManager, id: bigint): Promise<ConcertRecord> {
  const concert = await em.findOne(ConcertEntity, { id });
  if (!concert) throw refuse('CONCERT_UNKNOWN', `there is no concert ${id}`);
  return concert;
}

/** Finds a schedule, with its concert. @throws ServiceError SCHEDULE_UNKNOWN. */
export async function findSchedule(orm: Orm, id: bigint): Promise<ScheduleRecord> {
  return findScheduleIn(orm.fork(), id);
}

/** Like {@link findSchedule}, in a unit of work. */
export async function findScheduleIn(em: EntityManager, id: bigint): Promise<ScheduleRecord> {
  const schedule = await em.findOne(ScheduleEntity, { id }, { populate: ['concert'] });
  if (!schedule) throw refuse('SCHEDULE_UNKNOWN', `there is no schedule ${id}`);
  return schedule;
}

/** A page of concerts: so many, with ids below one. */
export interface ConcertPageRequest {
  readonly size: number;
  readonly before: bigint | undefined;
}

/** What the tokens of concert pages are good for. */
export const concertsScope = 'concerts';

/** Reads a page of concerts, newest first. */
export async function concertPage(
  em: EntityManager,
  { size, before }: ConcertPageRequest,
): Promise<ListConcertsResponse> {
  const where = before === undefined ? {} : { id: { $lt: before } };
  const found = await em.find(ConcertEntity, where, { orderBy: { id: 'desc' }, limit: size + 1 });
  const concerts = found.slice(0, size);
  const last = concerts.at(-1);
  const more = found.length > size && last;
  return create(ListConcertsResponseSchema, {
    concerts: concerts.map(concertMessage),
    nextPageToken: more ? encodePageToken({ id: last.id }, concertsScope) : '',
  });
}

/** A page of the schedules of a concert: so many, after one. */
export interface SchedulePageRequest {
  readonly concertId: bigint;
  readonly includeNotBookable: boolean;
  readonly size: number;
  readonly after: { readonly day: string; readonly id: bigint } | undefined;
}

/** What the tokens of a concert's schedule pages are good for. */
export function schedulesScope({ concertId, includeNotBookable }: SchedulePageRequestKind): string {
  return `${includeNotBookable ? 'all' : 'bookable'} schedules of ${concertId}`;
}

type SchedulePageRequestKind = Pick<SchedulePageRequest, 'concertId' | 'includeNotBookable'>;

/** Reads a page of the schedules of a concert that can be booked now, or of all, by day. */
export async function findSchedules(
  em: EntityManager,
  request: SchedulePageRequest,
): Promise<{ schedules: ScheduleRecord[]; nextPageToken: string }> {
  const { concertId, includeNotBookable, size, after } = request;
  const where: FilterQuery<ScheduleRecord>[] = [{ concert: concertId }];
  if (!includeNotBookable) where.push(bookable());
  if (after) where.push({ $or: [{ day: { $gt: after.day } }, { day: after.day, id: { $gt: after.id } }] });
  const found = await em.find(
    ScheduleEntity,
    { $and: where },
    { populate: ['concert'], orderBy: { day: 'asc', id: 'asc' }, limit: size + 1 },
  );
  const schedules = found.slice(0, size);
  const last = schedules.at(-1);
  const more = found.length > size && last;
  const nextPageToken = more ? encodePageToken({ day: last.day, id: last.id }, schedulesScope(request)) : '';
  return { schedules, nextPageToken };
}

/** By the database's clock. */
function bookable(): FilterQuery<ScheduleRecord> {
  const now = raw('statement_timestamp()');
  return { state: 'ON_SALE', bookingOpensAt: { $lte: now }, bookingClosesAt: { $gt: now } };
}

/** Counts the seats of a schedule that remain at this moment; none of one that does not exist. */
export async function countRemainingOf(client: Queryable, scheduleId: bigint): Promise<number> {
  return Number((await countRemaining.one(client, [[scheduleId]])).remaining);
}

/** Makes the messages of schedules, with the seats that remain at this moment: one query for all of them. */
export async function scheduleMessages(client: Queryable, schedules: readonly ScheduleRecord[]): Promise<Schedule[]> {
  if (schedules.length === 0) return [];
  const counts = await countRemaining.rows(client, [schedules.map(({ id }) => id)]);
  const remaining = new Map(counts.map((row) => [row.schedule_id, Number(row.remaining)]));
  return schedules.map((schedule) => scheduleMessage(schedule, remaining.get(schedule.id) ?? 0));
}

/** Makes the message of a concert. */
export function concertMessage({ id, name, description, venue, createdAt }: ConcertRecord): Concert {
  return create(ConcertSchema, { id, name, description, venue, createdAt: timestampFromDate(createdAt) });
}

/** Makes the message of a schedule; without its number, no seats remain. */
export function scheduleMessage(schedule: ScheduleRecord, remainingSeats = 0): Schedule {
  return create(ScheduleSchema, {
    id: schedule.id,
    concertId: schedule.concert.id,
    concertName: schedule.concert.name,
    date: schedule.day,
    state: ScheduleState[schedule.state],
    bookingOpensAt: timestampFromDate(schedule.bookingOpensAt),
    bookingClosesAt: timestampFromDate(schedule.bookingClosesAt),
    holdDuration: durationFromMs(schedule.holdDurationMs),
    totalSeats: schedule.totalSeats,
    remainingSeats,
    currencyCode: schedule.currencyCode,
  });
}
