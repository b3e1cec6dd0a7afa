import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';

import { steer } from '../admin.ts';
import type { Deps } from '../deps.ts';

/** Ends a queue for good; the worker sees off who still waits. */
export const closeQueue =
  ({ pool, wakeUps }: Deps): ServiceImpl<typeof QueueAdminService>['closeQueue'] =>
  async (request, context) => {
    const { scheduleId } = request;
    const queue = await steer(pool, 'close', request, context);
    wakeUps.changed(scheduleId);
    return { queue };
  };
