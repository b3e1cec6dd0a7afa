import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';

import type { Deps } from '../deps.ts';

export const listActions =
  (_deps: Deps): ServiceImpl<typeof QueueAdminService>['listActions'] =>
  async () => {
    throw new ConnectError('not yet', Code.Unimplemented);
  };
