import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { InventoryAdminService } from '@boxoffice/proto/inventory';

import type { Deps } from '../deps.ts';

export const listActions =
  (_deps: Deps): ServiceImpl<typeof InventoryAdminService>['listActions'] =>
  async () => {
    throw new ConnectError('not yet', Code.Unimplemented);
  };
