import { create } from '@bufbuild/protobuf';
import { durationFromMs, timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { EntityManager } from '@mikro-orm/postgresql';
import { ConcertSchema, ScheduleSchema, ScheduleState, type Concert, type Schedule } from '@boxoffice/proto/inventory';
import type { Orm } from '@boxoffice/runtime/database/orm';
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

function scheduleMessage(schedule: ScheduleRecord, remainingSeats: number): Schedule {
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
