import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { LedgerAdminService } from '@boxoffice/proto/ledger';

import type { Deps } from '../deps.ts';

export const listActions =
  (_deps: Deps): ServiceImpl<typeof LedgerAdminService>['listActions'] =>
  async () => {
    throw new ConnectError('not yet', Code.Unimplemented);
  };
