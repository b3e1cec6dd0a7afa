import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryAdminService } from '@boxoffice/proto/inventory';
import { listActionsPage } from '@boxoffice/runtime/database/actions';

import type { Deps } from '../deps.ts';

/** Lists what operators did to the catalogue, newest first. */
export const listActions =
  ({ pool }: Deps): ServiceImpl<typeof InventoryAdminService>['listActions'] =>
  (request) =>
    listActionsPage(pool, request);
