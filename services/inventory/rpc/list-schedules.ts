import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { decodePageToken } from '@boxoffice/runtime/database/page-token';

import { schedulesScope } from '../catalog.ts';
import type { Deps } from '../deps.ts';

const pageSizeDefault = 50;

export const listSchedules =
  ({ catalog }: Deps): ServiceImpl<typeof InventoryService>['listSchedules'] =>
  async (request) => {
    const { concertId, includeNotBookable, pageSize, pageToken } = request;
    const after = decodePageToken(pageToken, { day: 'string', id: 'bigint' }, schedulesScope(request));
    return catalog.schedules({ concertId, includeNotBookable, size: pageSize || pageSizeDefault, after });
  };
