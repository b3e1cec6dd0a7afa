import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';

import { steer } from '../admin.ts';
import type { Deps } from '../deps.ts';

/** Admits again. */
export const resumeQueue =
  ({ pool, wakeUps }: Deps): ServiceImpl<typeof QueueAdminService>['resumeQueue'] =>
  async ({ scheduleId }) => {
    const queue = await steer(pool, scheduleId, 'resume');
    wakeUps.mayAdmit(scheduleId);
    return { queue };
  };
