import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';

import { steer } from '../admin.ts';
import type { Deps } from '../deps.ts';

/** Admits again. */
export const resumeQueue =
  ({ pool, wakeUps }: Deps): ServiceImpl<typeof QueueAdminService>['resumeQueue'] =>
  async (request, context) => {
    const { scheduleId } = request;
    const queue = await steer(pool, 'resume', request, context);
    wakeUps.mayAdmit(scheduleId);
    return { queue };
  };
