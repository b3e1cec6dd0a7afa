import type { ServiceImpl } from '@connectrpc/connect';
import { raw, type FilterQuery } from '@mikro-orm/postgresql';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { decodePageToken, encodePageToken } from '@boxoffice/runtime/database/page-token';

import { findConcert, scheduleMessages } from '../catalog.ts';
import type { Deps } from '../deps.ts';
import { ScheduleEntity, type ScheduleRecord } from '../entities.ts';

const pageSizeDefault = 50;

export const listSchedules =
  ({ orm, pool }: Deps): ServiceImpl<typeof InventoryService>['listSchedules'] =>
  async ({ concertId, includeNotBookable, pageSize, pageToken }) => {
    const scope = `${includeNotBookable ? 'all' : 'bookable'} schedules of ${concertId}`;
    const after = decodePageToken(pageToken, { day: 'string', id: 'bigint' }, scope);
    const em = orm.fork();
    await findConcert(em, concertId);
    const size = pageSize || pageSizeDefault;
    const where: FilterQuery<ScheduleRecord>[] = [{ concert: concertId }];
    if (!includeNotBookable) where.push(bookable());
    if (after) where.push({ $or: [{ day: { $gt: after.day } }, { day: after.day, id: { $gt: after.id } }] });
    const found = await em.find(
      ScheduleEntity,
      { $and: where },
      { populate: ['concert'], orderBy: { day: 'asc', id: 'asc' }, limit: size + 1 },
    );
    const page = found.slice(0, size);
    const last = page.at(-1);
    const more = found.length > size && last;
    const nextPageToken = more ? encodePageToken({ day: last.day, id: last.id }, scope) : '';
    return { schedules: await scheduleMessages(pool, page), nextPageToken };
  };

/** By the database's clock. */
function bookable(): FilterQuery<ScheduleRecord> {
  const now = raw('statement_timestamp()');
  return { state: 'ON_SALE', bookingOpensAt: { $lte: now }, bookingClosesAt: { $gt: now } };
}
