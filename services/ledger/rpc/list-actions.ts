import type { ServiceImpl } from '@connectrpc/connect';
import type { LedgerAdminService } from '@boxoffice/proto/ledger';
import { listActionsPage } from '@boxoffice/runtime/database/actions';

import type { Deps } from '../deps.ts';

/** Lists what operators did to members' accounts and payments, newest first. */
export const listActions =
  ({ pool }: Deps): ServiceImpl<typeof LedgerAdminService>['listActions'] =>
  (request) =>
    listActionsPage(pool, request);
