import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';

import { readQueue } from '../admin.ts';
import type { Deps } from '../deps.ts';

/** Tells a queue's policy, state and live numbers. */
export const getQueue =
  ({ pool }: Deps): ServiceImpl<typeof QueueAdminService>['getQueue'] =>
  async ({ scheduleId }) => ({ queue: await readQueue(pool, scheduleId) });
