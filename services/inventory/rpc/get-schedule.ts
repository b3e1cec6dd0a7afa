import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryService } from '@boxoffice/proto/inventory';

import type { Deps } from '../deps.ts';

export const getSchedule =
  ({ catalog }: Deps): ServiceImpl<typeof InventoryService>['getSchedule'] =>
  ({ scheduleId }) =>
    catalog.schedule(scheduleId);
