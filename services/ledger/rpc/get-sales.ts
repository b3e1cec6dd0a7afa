import { Code, ConnectError, type ServiceImpl } from '@connectrpc/connect';
import type { LedgerAdminService } from '@boxoffice/proto/ledger';

import type { Deps } from '../deps.ts';

export const getSales =
  (_deps: Deps): ServiceImpl<typeof LedgerAdminService>['getSales'] =>
  async () => {
    throw new ConnectError('not yet', Code.Unimplemented);
  };
