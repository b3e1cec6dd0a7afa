import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { decodePageToken } from '@boxoffice/runtime/database/page-token';

import { checkDay } from '../calendar.ts';
import { schedulesScope } from '../catalog.ts';
import type { Deps } from '../deps.ts';

const pageSizeDefault = 50;

export const listSchedules =
  ({ catalog }: Deps): ServiceImpl<typeof InventoryService>['listSchedules'] =>
  async (request) => {
    const { concertId, date, includeNotBookable, pageSize, pageToken } = request;
    if (date !== '') checkDay('date', date);
    const after = decodePageToken(pageToken, { day: 'string', id: 'bigint' }, schedulesScope(request));
    if (after) checkDay('page_token', after.day);
    return catalog.schedules({ concertId, date, includeNotBookable, size: pageSize || pageSizeDefault, after });
  };
