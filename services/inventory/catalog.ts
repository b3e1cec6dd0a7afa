import { create } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { EntityManager } from '@mikro-orm/postgresql';
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
import { refuse, type ServiceError } from '@boxoffice/runtime/error';

import { ConcertEntity, ScheduleEntity, type ConcertRecord, type ScheduleRecord } from './entities.ts';
import { countRemaining } from './sql/count-remaining.ts';
import { listSchedulesOfConcert, listSchedulesOfDay, type ScheduleRow } from './sql/list-schedules.ts';

/** Finds a concert. @throws ServiceError CONCERT_UNKNOWN. */
export async function findConcert(em: EntityManager, id: bigint): Promise<ConcertRecord> {
  const concert = await em.findOne(ConcertEntity, { id });
  if (!concert) throw concertUnknown(id);
  return concert;
}

/** The refusal of a concert that does not exist. */
export function concertUnknown(id: bigint): ServiceError {
  return refuse('CONCERT_UNKNOWN', `there is no concert ${id}`);
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

/** Of which concert and which day, one of them at least, and which of those. */
export interface SchedulesKind {
  /** Zero: of all concerts. */
  readonly concertId: bigint;
  /** Empty: of every day. */
  readonly date: string;
  readonly includeNotBookable: boolean;
}

/** A page of schedules: so many, after one. */
export interface SchedulePageRequest extends SchedulesKind {
  readonly size: number;
  readonly after: { readonly day: string; readonly id: bigint } | undefined;
}

/** What the tokens of pages of schedules are good for. */
export function schedulesScope({ concertId, date, includeNotBookable }: SchedulesKind): string {
  return `${includeNotBookable ? 'all' : 'bookable'} schedules of ${concertId}${date && ` on ${date}`}`;
}

/** Reads a page of schedules that can be booked now, or of all, by day. */
export async function findSchedules(
  client: Queryable,
  request: SchedulePageRequest,
): Promise<{ schedules: ScheduleFacts[]; nextPageToken: string }> {
  const found = await scheduleRows(client, { ...request, size: request.size + 1 });
  const schedules = found.slice(0, request.size).map(scheduleFacts);
  const last = schedules.at(-1);
  const more = found.length > request.size && last;
  const nextPageToken = more ? encodePageToken({ day: last.day, id: last.id }, schedulesScope(request)) : '';
  return { schedules, nextPageToken };
}

const firstDay = '0001-01-01';
const lastDay = '9999-12-31';

function scheduleRows(client: Queryable, request: SchedulePageRequest): Promise<ScheduleRow[]> {
  const { concertId, date, includeNotBookable: all, size, after } = request;
  if (concertId === 0n) return listSchedulesOfDay.rows(client, [date, after?.id ?? 0n, all, size]);
  const { day, id } = after ?? { day: date || firstDay, id: 0n };
  return listSchedulesOfConcert.rows(client, [concertId, day, id, date || lastDay, all, size]);
}

/** What a message tells of a schedule. */
type ScheduleFacts = Omit<ScheduleRecord, 'concert'> & { readonly concert: Pick<ConcertRecord, 'id' | 'name'> };

function scheduleFacts(row: ScheduleRow): ScheduleFacts {
  return {
    id: row.id,
    concert: { id: row.concert_id, name: row.concert_name },
    day: row.day,
    state: row.state,
    bookingOpensAt: row.booking_opens_at,
    bookingClosesAt: row.booking_closes_at,
    holdDurationMs: row.hold_duration_ms,
    totalSeats: row.total_seats,
    currencyCode: row.currency_code,
  };
}

/** Counts the seats of a schedule that remain at this moment; none of one that does not exist. */
export async function countRemainingOf(client: Queryable, scheduleId: bigint): Promise<number> {
  return Number((await countRemaining.one(client, [[scheduleId]])).remaining);
}

/** Makes the messages of schedules, with the seats that remain at this moment: one query for all of them. */
export async function scheduleMessages(client: Queryable, schedules: readonly ScheduleFacts[]): Promise<Schedule[]> {
  if (schedules.length === 0) return [];
  const counts = await countRemaining.rows(client, [schedules.map(({ id }) => id)]);
  const remaining = new Map(counts.map((row) => [row.schedule_id, Number(row.remaining)]));
  return schedules.map((schedule) => scheduleMessage(schedule, remaining.get(schedule.id) ?? 0));
}

/** Makes the message of a concert. */
export function concertMessage({
  id,
  name,
  description,
  venue,
  createdAt,
}: Pick<ConcertRecord, 'id' | 'name' | 'description' | 'venue' | 'createdAt'>): Concert {
  return create(ConcertSchema, { id, name, description, venue, createdAt: timestampFromDate(createdAt) });
}

/** Makes the message of a schedule; without its number, no seats remain. */
export function scheduleMessage(schedule: ScheduleFacts, remainingSeats = 0): Schedule {
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
