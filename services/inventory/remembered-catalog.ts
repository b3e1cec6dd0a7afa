import { create } from '@bufbuild/protobuf';
import {
  concertGroup,
  concertsGroup,
  dayGroup,
  groupsOfConcert,
  groupsOfSchedule,
  scheduleGroup,
  schedulesGroup,
} from '@boxoffice/proto/catalog-groups';
import {
  ConcertSchema,
  GetScheduleResponseSchema,
  ListConcertsResponseSchema,
  ListSchedulesResponseSchema,
  ScheduleSchema,
  type Concert,
  type GetScheduleResponse,
  type ListConcertsResponse,
  type ListSchedulesResponse,
  type Schedule,
} from '@boxoffice/proto/inventory';
import type { Cache } from '@boxoffice/runtime/cache';
import type { Orm } from '@boxoffice/runtime/database/orm';
import type { Pool } from '@boxoffice/runtime/database/pool';

import {
  concertMessage,
  concertPage,
  countRemainingOf,
  findConcert,
  findSchedule,
  findSchedules,
  scheduleMessage,
  scheduleMessages,
  type ConcertPageRequest,
  type SchedulePageRequest,
} from './catalog.ts';

/** How long the rare changes of the catalogue may go unseen by a process that cannot hear of them. */
const memoryMs = 1_000;
/** By Redis, and by a process that does hear. Only what nobody changes becomes so old: see `catalog-relay.ts`. */
const sharedMs = 12 * 3_600_000;

/**
 * The catalogue as it is read by everybody: from a cache. What rarely changes (a concert, the pages of concerts, what a
 * schedule is) is kept for half a day and forgotten when it is changed. What changes by the second (the seats that remain) or
 * with the clock (which dates can be booked) is kept in this process alone, for `momentMs`. Holds and payments read none of
 * it.
 */
export class RememberedCatalog {
  readonly #pool: Pool;
  readonly #orm: Orm;
  readonly #cache: Cache;
  readonly #momentMs: number;

  constructor(options: { readonly pool: Pool; readonly orm: Orm; readonly cache: Cache; readonly momentMs: number }) {
    this.#pool = options.pool;
    this.#orm = options.orm;
    this.#cache = options.cache;
    this.#momentMs = options.momentMs;
  }

  /** @throws ServiceError CONCERT_UNKNOWN. */
  concert(id: bigint): Promise<Concert> {
    const entry = { group: concertGroup(id), field: 'concert', schema: ConcertSchema, memoryMs, sharedMs };
    return this.#cache.read(entry, async () => concertMessage(await findConcert(this.#orm.fork(), id)));
  }

  /** A page of concerts, newest first. */
  concerts(request: ConcertPageRequest): Promise<ListConcertsResponse> {
    const field = `${request.size} ${request.before ?? ''}`;
    const entry = { group: concertsGroup, field, schema: ListConcertsResponseSchema, memoryMs, sharedMs };
    return this.#cache.read(entry, () => concertPage(this.#orm.fork(), request));
  }

  /** A schedule, with the seats that remain. @throws ServiceError SCHEDULE_UNKNOWN. */
  schedule(id: bigint): Promise<GetScheduleResponse> {
    const entry = {
      group: scheduleGroup(id),
      field: 'now',
      schema: GetScheduleResponseSchema,
      memoryMs: this.#momentMs,
    };
    return this.#cache.read(entry, async () => {
      const [known, remainingSeats] = await Promise.all([this.#schedule(id), countRemainingOf(this.#pool, id)]);
      // By the name that the concert has now: it changes without the schedule.
      const { name: concertName } = await this.concert(known.concertId);
      // What is kept is shared, and is not changed.
      return create(GetScheduleResponseSchema, { schedule: { ...known, concertName, remainingSeats } });
    });
  }

  /** A page of the schedules of a concert, of a day, or of both, by day. @throws ServiceError CONCERT_UNKNOWN. */
  schedules(request: SchedulePageRequest): Promise<ListSchedulesResponse> {
    const { concertId, date, includeNotBookable, size, after } = request;
    const group = concertId > 0n ? schedulesGroup(concertId) : dayGroup(date);
    const field = `${date} ${includeNotBookable} ${size} ${after?.day ?? ''} ${after?.id ?? ''}`;
    const schema = ListSchedulesResponseSchema;
    const entry = { group, field, schema, memoryMs: this.#momentMs };
    return this.#cache.read(entry, async () => {
      if (concertId > 0n) await this.concert(concertId);
      const { schedules, nextPageToken } = await findSchedules(this.#pool, request);
      return create(schema, { schedules: await scheduleMessages(this.#pool, schedules), nextPageToken });
    });
  }

  /** To be called when a concert was entered. */
  concertEntered(): Promise<void> {
    return this.#cache.invalidate(concertsGroup);
  }

  /** To be called when a concert was changed. */
  concertChanged(id: bigint): Promise<void> {
    return this.#cache.invalidate(...groupsOfConcert(id));
  }

  /** To be called when a schedule was entered or changed. */
  scheduleChanged(schedule: Pick<Schedule, 'id' | 'concertId' | 'date'>): Promise<void> {
    return this.#cache.invalidate(...groupsOfSchedule(schedule));
  }

  #schedule(id: bigint) {
    const entry = { group: scheduleGroup(id), field: 'schedule', schema: ScheduleSchema, memoryMs, sharedMs };
    return this.#cache.read(entry, async () => scheduleMessage(await findSchedule(this.#orm, id)));
  }
}
