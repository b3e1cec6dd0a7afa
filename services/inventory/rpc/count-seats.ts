import type { ServiceImpl } from '@connectrpc/connect';
import type { InventoryAdminService } from '@boxoffice/proto/inventory';
import { refuse } from '@boxoffice/runtime/error';

import type { Deps } from '../deps.ts';
import { countSeats as count } from '../sql/count-seats.ts';

/** Counts the seats of a date by state. */
export const countSeats =
  ({ pool }: Deps): ServiceImpl<typeof InventoryAdminService>['countSeats'] =>
  async ({ scheduleId }) => {
    const counts = await count.maybe(pool, [scheduleId]);
    if (counts === undefined) throw refuse('SCHEDULE_UNKNOWN', `there is no schedule ${scheduleId}`);
    return { open: Number(counts.open), held: Number(counts.held), sold: Number(counts.sold) };
  };
