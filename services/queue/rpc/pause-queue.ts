import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';

import { steer } from '../admin.ts';
import type { Deps } from '../deps.ts';

/** Stops admitting. */
export const pauseQueue =
  ({ pool, wakeUps }: Deps): ServiceImpl<typeof QueueAdminService>['pauseQueue'] =>
  async (request, context) => {
    const { scheduleId } = request;
    const queue = await steer(pool, 'pause', request, context);
    wakeUps.changed(scheduleId);
    return { queue };
  };
