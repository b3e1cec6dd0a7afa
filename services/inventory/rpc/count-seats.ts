import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { InventoryAdminService } from '@boxoffice/proto/inventory';

import type { Deps } from '../deps.ts';

export const countSeats =
  (_deps: Deps): ServiceImpl<typeof InventoryAdminService>['countSeats'] =>
  async () => {
    throw new ConnectError('not yet', Code.Unimplemented);
  };
