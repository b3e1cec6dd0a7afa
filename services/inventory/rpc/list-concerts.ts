import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';
import { decodePageToken } from '@boxoffice/runtime/database/page-token';

import { concertsScope } from '../catalog.ts';
import type { Deps } from '../deps.ts';

const pageSizeDefault = 20;

export const listConcerts =
  ({ catalog }: Deps): ServiceImpl<typeof InventoryService>['listConcerts'] =>
  async ({ pageSize, pageToken }) => {
    const before = decodePageToken(pageToken, { id: 'bigint' }, concertsScope)?.id;
    return catalog.concerts({ size: pageSize || pageSizeDefault, before });
  };
