import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';

import { findSchedule, scheduleMessages } from '../catalog.ts';
import type { Deps } from '../deps.ts';

export const getSchedule =
  ({ orm, pool }: Deps): ServiceImpl<typeof InventoryService>['getSchedule'] =>
  async ({ scheduleId }) => {
    const [schedule] = await scheduleMessages(pool, [await findSchedule(orm, scheduleId)]);
    return { schedule };
  };
