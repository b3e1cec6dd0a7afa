import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';

import { steer } from '../admin.ts';
import type { Deps } from '../deps.ts';

/** Admits again. */
export const resumeQueue =
  ({ pool }: Deps): ServiceImpl<typeof QueueAdminService>['resumeQueue'] =>
  async ({ scheduleId }) => ({ queue: await steer(pool, scheduleId, 'resume') });
