import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { decodePageToken, encodePageToken } from '@boxoffice/runtime/database/page-token';
import { identityOf } from '@boxoffice/runtime/identity';

import { findSchedule } from '../catalog.ts';
import type { Deps } from '../deps.ts';
import { seatMessage } from '../seat.ts';
import { listSeats as list } from '../sql/list-seats.ts';

const pageSizeDefault = 1_000;

export const listSeats =
  ({ pool, orm, tickets }: Deps): ServiceImpl<typeof InventoryService>['listSeats'] =>
  async ({ token, scheduleId, pageSize, pageToken }, context) => {
    const { partner } = identityOf(context);
    const scope = `seats of ${scheduleId}`;
    const after = decodePageToken(pageToken, { id: 'bigint' }, scope)?.id ?? 0n;
    await tickets.askForReading(token, partner, scheduleId);
    const size = pageSize || pageSizeDefault;
    const found = await list.rows(pool, [scheduleId, after, size + 1]);
    if (found.length === 0) await findSchedule(orm, scheduleId); // Every schedule has seats.
    const seats = found.slice(0, size);
    const last = seats.at(-1);
    const more = found.length > size && last;
    return { seats: seats.map(seatMessage), nextPageToken: more ? encodePageToken({ id: last.seat_id }, scope) : '' };
  };
