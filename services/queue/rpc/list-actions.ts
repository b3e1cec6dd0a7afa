import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';
import { listActionsPage } from '@boxoffice/runtime/database/actions';

import type { Deps } from '../deps.ts';

/** Lists what operators did with queues, newest first. */
export const listActions =
  ({ pool }: Deps): ServiceImpl<typeof QueueAdminService>['listActions'] =>
  (request) =>
    listActionsPage(pool, request);
