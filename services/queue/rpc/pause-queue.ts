import type { ServiceImpl } from '@connectrpc/connect';
import type { QueueAdminService } from '@boxoffice/proto/queue';

import { steer } from '../admin.ts';
import type { Deps } from '../deps.ts';

/** Stops admitting. */
export const pauseQueue =
  ({ pool }: Deps): ServiceImpl<typeof QueueAdminService>['pauseQueue'] =>
  async ({ scheduleId }) => ({ queue: await steer(pool, scheduleId, 'pause') });
